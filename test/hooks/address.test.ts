import { describe, expect, it } from "vitest";
import { refusalOf } from "../../src/hooks/address.js";

const refused = (address: string, allowPrivate = false) => refusalOf(address, { allowPrivate }) !== null;

describe("an address that a hook may connect to", () => {
  it.each(["8.8.8.8", "140.82.121.4", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])(
    "%s: it is of the public internet",
    (address) => expect(refused(address)).toBe(false),
  );
});

describe("an address that a hook may connect to only where the operator allows private ones", () => {
  it.each([
    ...["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1"],
    ...["198.18.0.1", "192.0.2.1", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "2001:db8::1"],
    ...["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1"],
  ])("%s", (address) => {
    expect(refused(address)).toBe(true);
    expect(refused(address, true)).toBe(false);
  });
});

describe("an address that no hook may connect to", () => {
  it.each([
    ...["169.254.169.254", "fd00:ec2::254", "169.254.170.2", "100.100.100.200", "::ffff:169.254.169.254"],
    ...["64:ff9b::169.254.169.254", "0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "100::1", "nonsense"],
  ])("%s", (address) => expect(refused(address, true)).toBe(true));
});
