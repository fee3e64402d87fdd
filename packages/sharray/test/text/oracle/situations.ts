// Calls written by hand: every kind of situation that NumPy's own tests of loadtxt know, in texts of our own.
import type { DTypeLike } from "sharray";
import type { Case, Source } from "./case.ts";

const made: Case[] = [];

function call(text: string, dtype: DTypeLike = "<f8", options: Case["options"] = {}, source: Source = "path"): void {
  made.push({ text, dtype, align: false, source, options });
}

/** The same text from a file and as a list of its lines. */
function both(text: string, dtype: DTypeLike, options: Case["options"] = {}): void {
  call(text, dtype, options);
  call(text, dtype, options, "lines");
}

const comma = { delimiter: "," };
const csv = { delimiter: ",", quotechar: '"' };
const NUMBERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "?"];
const person: DTypeLike = [
  ["age", "u2"],
  ["weight", "f8"],
  ["name", "S6"],
  ["score", "i1"],
];
const people = "41;70.25;Ada;-4\n36;81.5;Grace;17\n54;64;Edsger;0\n29;55.125;Barbara;-120\n";

// Numbers
both("2.5e-3,4E2\n0e0,7.0E+1\n", "<f8", comma);
for (const text of ["0.7071067811865476", "1234567890.654321", "2.718281828459045e+250", "0.702", "0.111"]) call(text);
for (const dtype of ["f2", "f4", "f8", "c8", "c16"]) call(`${"0".repeat(1500)}.987654321`, dtype);
for (const dtype of NUMBERS) {
  for (const sign of ["", "+", "-", "++", "+-", "-+", "--"]) call(`${sign}3\n`, dtype);
  for (const text of ["2.0", "2\0", "1_2", "0x1p3", "8 ", "\u202f6\u2003"]) call(text, dtype, comma);
  call(' 4 ,"\u202f5\n"\n', dtype, csv);
}
for (const text of ["1, 0\n12, -3", "2,0,00,+0"]) call(text, "?", comma);
for (const dtype of ["c8", "c16"]) {
  call("(2.5-0.5j),1.25,(3+-4j)\n(9),(-2e3j),(0)", dtype, comma);
  call("2.5-0.5j,1.25,3+-4j\n9,-2e3j,0", dtype, comma);
  const spaced = " 3 , 4+5j , ( 6-7j ), ( 8+-9j )  , 2j , ( 4j ) \n";
  call(spaced + spaced.replaceAll(" ", "\u202f"), dtype, comma);
  for (const bad of ["3 +4j", "3+ 4j", "3+4 j", "3+-+4", "(3j", "(3", "(3+4j", "3+4j)"]) call(`${bad}\n`, dtype, comma);
}
call("9223372043271415339 18446744073709551615", "u8");
call("-9223372036854775808 9223372036854775807", "i8");
call("9.1e+00-2.5e+00j 1e00+-2.5e+00j", "c16");

// Records
call(people, person, { delimiter: ";", skiprows: 1 });
call(people, person, { delimiter: ";", skiprows: 9 });
call(people, person, { delimiter: ";", unpack: true });
call(
  "M 30 61.5\n",
  [
    ["a", "S1"],
    ["b", "<i4"],
  ],
  { unpack: true, usecols: [0, 1] },
); // prettier-ignore
call(
  "9,8,7,6\n5,4,3,2\n",
  [
    ["p", "u1", [2]],
    ["q", "u1", [2]],
  ],
  comma,
); // prettier-ignore
call("4 3 2 1\n", [["m", "u1", [2, 2]]]);
call("bbbb 2.5 1 2 3 4 5 6 7 8 9 10 11 12", [
  ["n", "S4"],
  ["x", "f8"],
  ["block", "<i8", [2, 2, 3]],
]); // prettier-ignore
call(
  "7,1,2,3,4\n8,5,6,7,8\n",
  [
    ["code", "i8"],
    [
      "points",
      [
        ["x", "f8"],
        ["y", "f8"],
      ],
      [2],
    ],
  ],
  comma,
); // prettier-ignore
call(
  "1,2,3.5\n4,5,6.5\n",
  [
    ["x", "i8"],
    [
      "y",
      [
        ["t", "i8"],
        ["s", "f8"],
      ],
    ],
  ],
  comma,
); // prettier-ignore
const aligned: DTypeLike = [
  ["a", "i1"],
  ["b", "i4"],
  ["c", "i1"],
  ["d", "f8"],
  ["e", "U1"],
]; // prettier-ignore
made.push({ text: "1,2,3,4,5\n6,7,8,9,0\n", dtype: aligned, align: true, source: "path", options: comma });
for (const dtype of ["i2", "u4", "i8", "f2", "f4", "f8", "c8", "c16", "U2", "M8[s]"])
  for (const order of ["<", ">"])
    call(
      "x,2001\ny,1999\n",
      [
        ["t", "S1"],
        ["v", order + dtype],
      ],
      { ...comma, maxRows: 1 },
    ); // prettier-ignore
call(
  "1,1\n",
  [
    ["a", "i4"],
    ["b", "i4", [2]],
  ],
  { ...comma, usecols: [0] },
); // prettier-ignore
call("0,0,X\n0,X,0,X\n", [], { ...comma, usecols: [] });
call("0,0,X\n0,X,0,X\n", "f8", { ...comma, usecols: [] });

// Rows without bytes are looked at as others are.
const nothing: DTypeLike = [
  ["a", "S0"],
  ["b", "S0"],
]; // prettier-ignore
for (const text of ["1 2\n3 4\n", "1 2\n3\n", "1\n", "1 2 3\n", "\u20ac \u00e9\n"]) call(text, nothing);
call("1 2\n3\n", nothing, { usecols: [0, 1] });
call("1 2\n3 4\n", nothing, { usecols: [0, -2] });
call(
  "1 2 3\n4 5 6\n",
  [
    ["x", "i4"],
    ["y", "S0"],
    ["z", [["t", "U0"]]],
  ],
  { unpack: true },
); // prettier-ignore
for (const dtype of ["V0", [["a", "V0"]], [["a", "U0"]]] satisfies DTypeLike[]) call("1\n", dtype);
for (const dtype of ["f8", nothing])
  for (const text of ["\r1", "1\r2\n3\n", "1\r\n2\r"])
    for (const options of [{ usecols: [] }, { usecols: [], quotechar: "q" }]) call(text, dtype, options, "lines");

// Columns
for (const ndmin of [0, 1, 2]) {
  for (const text of ["6 5 4 3\n", "6\n5\n4\n", "6\n", ""]) {
    for (const unpack of [false, true]) call(text, "i8", { ndmin, unpack });
    call(text, [["a", "i8"]], { ndmin, usecols: [0] });
    call(text, "i8", { ndmin, usecols: [0, 0, 0] });
  }
}
for (const ndmin of [-1, 3, 1.5, "many"]) call("1 2", "f8", { ndmin });
for (const option of ["skiprows", "maxRows"])
  for (const value of [-3, 1.5, "2"]) call("1 2", "f8", { [option]: value });
call("1,2,3\n4,5,6\n9,8,7,6\n", "f8", comma);
call("1 2 3\n4 5 6\n7 8");
call("3,4,x\n3,x,4,x\n3,x,x,4,x\n", "f8", { ...comma, usecols: [0, -2] });
call("3,4,x\n3\n3,x,4,x\n", "f8", { ...comma, usecols: [0, -2] });
for (const usecols of [1, -1, [1], [1, 2], [2, 0], [5], [1.5], "b", 1e20, [2 ** 62]])
  call("1 2 3\n4 5 6\n", "f8", { usecols });
call(
  "ANN 60.5 1.5\n    BOB 70 2.5\n    ",
  [
    ["id", "S4"],
    ["temp", "f8"],
  ],
  { usecols: [0, 2] },
); // prettier-ignore
call(`${"1.5, 2.5,".repeat(20_000)}3\n`.repeat(2), "f8", comma);
for (const count of [1, 2, 3, 4, 5, 7, 31, 33, 500, 1024]) call(",".repeat(count), "S1", { ...comma, maxRows: 10 });

// Blank lines, comments, ends of lines, and how much is read
for (const space of [" ", "\t", "\u2003", "\u00a0", "\u3000", "\x1c", "\u2028"]) {
  call(`1 2${space}3\n\n${space}\n4 5 6${space}\n  ${space}  \n7 8 ${space} 9\n  # note\n3 2 1`, "i8");
  for (const option of ["comments", "quotechar", "delimiter"])
    call(`1${space}2\n3${space}4\n`, "f8", { [option]: space });
}
call("1,2,30\n\n4,5,60\n\n7,8,90\n# note\n3,2,1", "i8", comma);
call("1,2,30\n   \n4,5,60\n", "i8", comma);
for (const comment of ["..", "//", "@-", "note:", "/*"]) {
  call(`${comment} x\n1.5, 2.5${comment} y\n3,4${comment}\n`, "f8", { ...comma, comments: comment });
  call(`${comment[1]}${comment[0]} x\n1.5,2.5\n`, "f8", { ...comma, comments: comment });
}
call("# a\n1,2\n@ b\n3,4 // c", "i8", { ...comma, comments: ["#", "@", "//"] });
call("head\n1,2,3\n4,5,6\n7,8,9", "i8", { ...comma, skiprows: 1, maxRows: 1 });
call("head\n1,2,3\n4,5,6\n7,8,9", "i8", { ...comma, skiprows: 1, maxRows: 6 });
for (const skiprows of [0, 1]) both("-1,0\n1,2\n\n3,4\n", "i8", { ...comma, skiprows, maxRows: 3 - skiprows });
for (const text of ["", "\n\n\n", "# 1 2\n# 3 4\n"]) {
  for (const ndmin of [0, 1, 2]) for (const usecols of [null, [1, 2, 3]]) both(text, "f8", { ndmin, usecols });
}
for (const skiprows of [2, 3]) call("1 2 3\n4 5 6", "f8", { skiprows });
call("1 21\r3 42\r");
call(
  "1 \t2 \t3\tfirst \n4\t5\t6\t  \n7\t8\t9.5\t",
  [
    ["x", "<i4"],
    ["y", "<i4"],
    ["z", "<f4"],
    ["note", "S8"],
  ],
  { delimiter: "\t" },
); // prettier-ignore
for (const text of ["1,2\n2\r,3\n", "1,2\n3,4\r\n", "1,2\r"]) call(text, "f8", comma, "lines");

// Texts
for (const [first, second] of [
  ["a", "の"],
  ["の", "🫕"],
  ["🫕", "a"],
])
  call(`a,${first},c,1.0\ne,${second},2.0,g`, "U12", comma); // prettier-ignore
for (const dtype of ["S", "U"]) {
  both("AAAA,5-1\nBBBBBB,0-3\nC,4-9\n", dtype, comma);
  call("", dtype);
  call("\u00d5scar,5\r\nhello,6\r\n", dtype);
}
call(
  "5,None,6\n7,text,8",
  [
    ["x", "i8"],
    ["a", "S10"],
    ["y", "i8"],
  ],
  { ...comma, comments: null },
); // prettier-ignore
call("–", "S5");
for (const text of ["1 z", "1 1\n1 z"]) call(text, "V4", { converters: { 0: "length" } });
// The first bad row, whatever is wrong with it
for (const dtype of ["S", "U", "M8", "S4"]) {
  for (const text of ["–,1\n2", "2\n–,1", "1,2\n3\n–,4", "1,2\n–,3\n4", "2012-01,x\n3"]) call(text, dtype, comma);
}
call("1\x002\x003\n4\x005\x006", "f8", { delimiter: "\0" });
call("a\0,b\0,c\nd\0,e\0,f", "U3", comma);

// Dates and lengths that the data decide, over more rows than NumPy reads at once
for (const [dtype, most, longest] of [
  ["M8", "2012-03", "2013-01-15"],
  ["m8", "1", "25"],
  ["U", "short", "the longest of all"],
  ["S", "a", "bcd"],
]) {
  // prettier-ignore
  for (const rows of [10, 50_000, 60_000]) {
    call(`${`${most}\n`.repeat(rows)}${longest}`, dtype, comma);
    call(`${`${most}\n`.repeat(rows)}${longest}`, dtype, { ...comma, maxRows: rows / 2 });
  }
}
const lines = Array.from({ length: 60_000 }, (_, index) => `${index} a 0.5`).join("\n");
for (const skiprows of [0, 10_000, 50_000, 100_000]) call(lines, "U", { delimiter: " ", skiprows, maxRows: 55_000 });
for (const maxRows of [10_000, 50_000, 60_000]) call(lines, "U", { delimiter: " ", maxRows });

// Quotes
for (const quote of ['"', "'", "`"]) {
  const dtype: DTypeLike = [
    ["text", "U8"],
    ["value", "f8"],
  ]; // prettier-ignore
  call(`${quote}one, 1${quote}, 2.5\n${quote}two, 2${quote}, 4.5\n`, dtype, { ...comma, quotechar: quote });
  call(`${quote}one, 1${quote}     2.5\n${quote}two, 2${quote} 4.5\n`, dtype, { quotechar: quote });
  call(people.replace(/[A-Z]\w+/g, `${quote}$&${quote}`), person, { delimiter: ";", quotechar: quote });
}
call(
  '"lat,lon", 4, 3\n',
  [
    ["a", "U9"],
    ["b", "f8"],
    ["c", "f8"],
  ],
  comma,
); // prettier-ignore
call(
  '"lat,lon", 4, 3\n',
  [
    ["a", "U9"],
    ["b", "f8"],
    ["c", "f8"],
  ],
  csv,
); // prettier-ignore
for (const last of ['""', '"']) call(`1\n\n"4"\n${last}`, "U1", csv);
call('"She said ""well"", twice"', "U40", csv);
call('"a" b \n"c" d\n', "U4", { quotechar: '"' });
call('a "b" \nc ""\n', "U4", { quotechar: '"' });
call('"a"x,b"c"\n"d" ,e\n', "U6", csv);
for (const end of ["\n", "\r", "\r\n"]) both(`1,"2${end}"${end}3,"4${end}1"${end}`, "U6", csv);
call(`'1\n',2\n3,'4\r\n'\n`, "f8", { ...comma, quotechar: "'" }, "lines");
call('x\n"1\n2",3\n4,5\n', "U4", { ...csv, skiprows: 1 });
call('x\n"1\n2",3\n4,5\n', "U4", { ...csv, skiprows: 2 });
call('1,"2\n3",4\n5,6,x\n', "f8", csv);

// Options that cannot be
for (const options of [
  { quotechar: "''" },
  { quotechar: "" },
  { delimiter: "" },
  { delimiter: ",," },
  { comments: "" },
  { comments: ["#", ""] },
  { comments: "abc", quotechar: '"' },
  { comments: ["#", "%"], quotechar: '"' },
  { comments: ["#"], quotechar: "'" },
  { delimiter: ",", comments: "," },
  { delimiter: ",", quotechar: "," },
  { comments: "#", quotechar: "#" },
  { delimiter: ",", comments: ["#", ","] },
  { delimiter: "\n" },
  { delimiter: "\r" },
  { comments: "\n" },
  { comments: "\r" },
  { quotechar: "\n" },
  { quotechar: "\r" },
])
  call("1,2\n3,4", "f8", { ...comma, ...options }); // prettier-ignore

// Converters
call("1,2,3,,5\n6,7,8,9,10\n", "i8", { ...comma, converters: { "3": "length" } });
call("1,2,3,,5\n6,7,8,9,10\n", "i8", { ...comma, converters: { "3": "length" }, usecols: [1, 3] });
call("1 21\n3 42\n", "f8", { converters: { "0": "length" }, usecols: [1] });
call("1.5,2.5\n3.0,X\n", "f8", { ...comma, converters: { "-1": "length" } });
call("1.5,2.5,3\n3,4,X\n5,6,7,8\n", "f8", { ...comma, converters: { "-1": "length" }, usecols: [0, -1] });
call("cat,dog\nαβγ,δεζ\n", "U12", { ...comma, converters: { "0": "upper" } });
call(
  "1.5,2.5,Abc\n3.0,4.0,dEf\n",
  [
    ["m", "i4"],
    ["r", "f4"],
    ["code", "U8"],
  ],
  { ...comma, converters: { "0": "length", "-1": "upper" } },
); // prettier-ignore
call("1,22\n333,4444", "i8", { ...comma, converters: "length" });
call("abc,d\n", "U", { ...comma, converters: "doubled" });
for (const converters of ["nothing", { a: "length" }, { "3": "length" }, { "-3": "length" }, { "0": "nothing" }]) {
  call("1 2\n3 4", "f8", { converters });
  call("1 2\n3 4", "f8", { converters, usecols: 0 });
}

/** The calls. */
export const situations: readonly Case[] = made;
