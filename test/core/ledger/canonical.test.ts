import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type Json } from "../../../src/core/index.js";
import { anyJson } from "../../builders/arbitraries.js";

function canonical(text: string): string {
  return canonicalJson(JSON.parse(text) as Json);
}

describe("canonical JSON follows RFC 8785", () => {
  // The reference vectors of the scheme's authors, input and output as published.
  it.each([
    {
      name: "arrays",
      input: `[
  56,
  {
    "d": true,
    "10": null,
    "1": [ ]
  }
]`,
      output: `[56,{"1":[],"10":null,"d":true}]`,
    },
    {
      name: "french",
      input: `{
  "peach": "This sorting order",
  "péché": "is wrong according to French",
  "pêche": "but canonicalization MUST",
  "sin":   "ignore locale"
}`,
      output: `{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}`,
    },
    {
      name: "structures",
      input: String.raw`{
  "1": {"f": {"f": "hi","F": 5} ,"\n": 56.0},
  "10": { },
  "": "empty",
  "a": { },
  "111": [ {"e": "yes","E": "no" } ],
  "A": { }
}`,
      output: String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}`,
    },
    {
      name: "unicode",
      input: String.raw`{"Unnormalized Unicode":"A\u030a"}`,
      output: `{"Unnormalized Unicode":"A\u030a"}`,
    },
    {
      name: "values",
      input: String.raw`{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`,
      output: String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    },
    {
      name: "weird",
      input: String.raw`{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\u000a": "Newline",
  "1": "One",
  "\u0080": "Control\u007f",
  "\ud83d\ude02": "Smiley",
  "\u00f6": "Latin Small Letter O With Diaeresis",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "</script>": "Browser Challenge"
}`,
      output: `{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}`,
    },
  ])("vector: $name", ({ input, output }) => {
    expect(canonical(input)).toBe(output);
  });

  // Appendix B: IEEE 754 bits in hex, and their text.
  it.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("number %s is written %s", (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(text);
  });

  it.each([
    ["7fffffffffffffff", "NaN has no canonical JSON"],
    ["7ff0000000000000", "Infinity has no canonical JSON"],
    ["fff0000000000000", "-Infinity has no canonical JSON"],
  ])("number %s is refused", (bits, message) => {
    expect(() => canonicalJson({ deep: [Buffer.from(bits, "hex").readDoubleBE()] })).toThrow(new TypeError(message));
  });

  it("puts keys in the order of their UTF-16 code units, those that look like integers too", () => {
    // U+1F600 begins with the unit D83D and so comes before U+FB33, although its code point is greater.
    const value = { "\ufb33": 1, "😀": 2, "€": 3, b: 4, B: 5, "2": 6, "10": 7, "1": 8, "-1": 9, "": 10 };
    expect(canonicalJson(value)).toBe('{"":10,"-1":9,"1":8,"10":7,"2":6,"B":5,"b":4,"€":3,"😀":2,"\ufb33":1}');
  });

  it("escapes control characters, the quote and the backslash, and nothing else", () => {
    const all = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).join("");
    const escapes = String.raw`\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f`;
    const printable = all.slice(0x20).replace("\\", "\\\\").replace('"', '\\"');
    expect(canonicalJson(all)).toBe(`"${escapes}${printable}"`);
    expect(canonicalJson("\u2028\u2029/<>&")).toBe('"\u2028\u2029/<>&"');
  });

  it.each([
    ["a value", "\ud800"],
    ["the end of a value", "text\udc00"],
    ["a key", { "\ud83d": 1 }],
    ["two halves the wrong way round", "\ude02\ud83d"],
  ])("refuses a lone surrogate in %s", (_, value) => {
    expect(() => canonicalJson(value)).toThrow(new TypeError("A lone surrogate has no canonical JSON"));
  });

  it("keeps a key that names an object's prototype", () => {
    expect(canonical('{"b":1,"__proto__":{"a":2}}')).toBe('{"__proto__":{"a":2},"b":1}');
  });

  it("leaves out a field that is undefined, as JSON does", () => {
    const optional: { a?: number; b: number } = { b: 1 };
    expect(canonicalJson({ ...optional, a: undefined } as unknown as Json)).toBe('{"b":1}');
  });
});

describe("canonical JSON, for any value", () => {
  it("says what was said: parsing it gives the value back", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  it("is the canonical text of itself", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = canonicalJson(value);
        expect(canonical(text)).toBe(text);
      }),
    );
  });

  it("does not depend on the order in which fields were written, nor on white space", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), anyJson), { selector: ([key]) => key }),
        (fields) => {
          const there = canonicalJson(Object.fromEntries(fields));
          const back = canonicalJson(Object.fromEntries([...fields].reverse()));
          expect(back).toBe(there);
          expect(canonical(JSON.stringify(Object.fromEntries(fields), null, 2))).toBe(there);
        },
      ),
    );
  });
});
