import { expect, it } from "vitest";
import { type PersonId, pseudonym, SALT_BYTES } from "../../../src/core/index.js";
import { anAccount } from "../../builders/records.js";
import type { Suite } from "../contract.js";

const salt = (fill: number) => new Uint8Array(SALT_BYTES).fill(fill);
const NOBODY = "p_nobody" as PersonId;

export function peopleKnown({ open }: Suite): void {
  it("gives an account a pseudonym made of its id and the salt, and finds who it is", async () => {
    const { people } = await open();
    const person = await people.identify(anAccount(), salt(1));

    expect(person).toBe(pseudonym(anAccount().id, salt(1)));
    expect(await people.find(person)).toEqual({ person, account: anAccount(), salt: salt(1) });
    expect(await people.find(NOBODY)).toBeNull();
  });

  it("identifies the same account as the same person, whatever salt is offered", async () => {
    const { people } = await open();
    const person = await people.identify(anAccount(), salt(1));

    expect(await people.identify(anAccount(), salt(2))).toBe(person);
    expect((await people.find(person))?.salt).toEqual(salt(1));
  });

  it("identifies it as the same person for many at the same time", async () => {
    const { people } = await open();
    const persons = await Promise.all(Array.from({ length: 20 }, (_, n) => people.identify(anAccount(), salt(n))));

    expect(new Set(persons).size).toBe(1);
    expect(await people.find(persons[0] ?? NOBODY)).toMatchObject({ account: anAccount() });
  });

  it("tells two users apart, even under one login and one salt", async () => {
    const { people } = await open();
    const one = await people.identify(anAccount({ id: 1 }), salt(1));
    const other = await people.identify(anAccount({ id: 2 }), salt(1));

    expect(one).not.toBe(other);
    expect((await people.find(one))?.account.id).toBe(1);
    expect((await people.find(other))?.account.id).toBe(2);
  });

  it("follows a change of login and type", async () => {
    const { people } = await open();
    const person = await people.identify(anAccount({ login: "before" }), salt(1));
    const after = anAccount({ login: "after[bot]", type: "Bot" });

    expect(await people.identify(after, salt(2))).toBe(person);
    expect(await people.find(person)).toEqual({ person, account: after, salt: salt(1) });
  });

  it("forgets a person, who is somebody new when seen again", async () => {
    const { people } = await open();
    const person = await people.identify(anAccount(), salt(1));

    expect(await people.forget(person)).toBe(true);
    expect(await people.find(person)).toBeNull();
    expect(await people.forget(person)).toBe(false);
    expect(await people.identify(anAccount(), salt(2))).toBe(pseudonym(anAccount().id, salt(2)));
  });
}
