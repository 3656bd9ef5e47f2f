import ipaddr from "ipaddr.js";

/**
 * Where clouds answer a machine with its own credentials. No hook has business there, whatever the operator allows.
 * AWS, Azure, Google Cloud and others; AWS over IPv6; Amazon ECS; Alibaba Cloud.
 */
const METADATA: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "fd00:ec2::254",
  "169.254.170.2",
  "fd00:ec2::23",
  "169.254.170.23",
  "100.100.100.200",
]);

/** Ranges of addresses that are no single machine, and so nowhere to connect to. */
const NOWHERE: ReadonlySet<string> = new Set(["unspecified", "broadcast", "multicast", "discard"]);

/**
 * Why an IP address may not be connected to, in a few words; null where it may. Only addresses of the public internet may, unless
 * private ones are allowed: an allow list, so that a range nobody thought of is refused.
 */
export function refusalOf(address: string, { allowPrivate }: { readonly allowPrivate: boolean }): string | null {
  if (!ipaddr.isValid(address)) return "not an address";
  const target = targetOf(ipaddr.parse(address));
  if (METADATA.has(target.toString())) return "cloud metadata";
  const range = target.range();
  if (range === "unicast") return null;
  return allowPrivate && !NOWHERE.has(range) ? null : range;
}

/** An IPv4 address also comes wrapped into IPv6: mapped (`::ffff:10.0.0.1`), or for a NAT64 gateway (`64:ff9b::10.0.0.1`). */
function targetOf(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64)) return new ipaddr.IPv4(address.toByteArray().slice(12));
  return address;
}

const NAT64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("64:ff9b::"), 96];
