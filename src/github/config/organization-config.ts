import { z } from "zod";

/** As GitHub allows them: https://docs.github.com/rest/repos/repos#create-an-organization-repository */
const FULL_NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100}$/;

/** `acme/.github`, several by comma. */
export const organizationConfig = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  )
  .refine((names) => names.every((name) => FULL_NAME.test(name)), {
    message: "must name repositories, such as acme/.github, several by comma",
  })
  .refine((names) => new Set(names.map(ownerOf)).size === names.length, {
    message: "must name one repository for each owner",
  });

function ownerOf(fullName: string): string {
  return fullName.split("/")[0]?.toLowerCase() ?? "";
}
