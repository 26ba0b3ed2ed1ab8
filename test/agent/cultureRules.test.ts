import { script } from "../../provider/agent/scriptText";
import { withoutComments } from "../../provider/agent/withoutComments";
import { FILES } from "./agentTree";

/** Where .NET or PowerShell would ask the culture of whoever runs it what text is the same, comes first, or how a number looks. */
function cultural(text: string): string[] {
    const calls =
        text.match(/[\])\w]\.(?:Last)?IndexOf(?:Any)?\((?!\[char\])[^\n]*|\.(?:StartsWith|EndsWith|CompareTo|ToLower|ToUpper)\([^\n]*/g) ??
        [];
    const compared = text.match(/\[string\]::(?:Compare|Format)\([^\n]*/gi) ?? [];
    const shown = text.match(/\.ToString\(\)/g) ?? [];
    const formats = text.match(/'[^']*' -f\b/g) ?? [];
    const matches = text.match(/ -i?(?:not)?(?:match|like)\b[^\n]*/gi) ?? [];
    return [
        ...calls.filter((call) => !/StringComparison\]::Ordinal|\[System\.Array\]::|^\]\.IndexOf/.test(call)),
        ...compared,
        ...shown,
        ...formats.filter((format) => !/^'[^{]*\{0:x\d\}'/.test(format)),
        // Without capitals and small letters of its own an i is none of Turkish.
        ...matches.filter((match) => !/^ -i?(?:not)?match \(?'[^'iI]*'/.test(match)),
    ];
}

describe("what depends on a culture", () => {
    test("no text is compared or cut by a culture's rules", () => {
        expect(FILES.flatMap((file) => cultural(withoutComments(script(file))).map((found) => `${file}: ${found}`))).toEqual([]);
    });

    test.each([
        "$Path.LastIndexOf('/')",
        "$Path.IndexOf($Other)",
        "$a.StartsWith('x')",
        "$a.EndsWith($b)",
        "$a.CompareTo($b)",
        "$a.ToLower()",
        "$a.ToUpper()",
        "[string]::Compare($a, $b)",
        "$n.ToString()",
        "$a -match 'conin'",
        "$a -notmatch $Pattern",
        "$a -like '*.MOF'",
        "'{0:n}' -f $n",
    ])("finds %s", (line) => {
        expect(cultural(line)).not.toEqual([]);
    });

    test.each([
        "$Path.LastIndexOf([char] '/')",
        "[System.Array]::IndexOf($a, [byte] 10)",
        "$a.ToLowerInvariant()",
        "[string]::CompareOrdinal($a, $b)",
        "$a.StartsWith('x', [System.StringComparison]::Ordinal)",
        "$n.ToString([System.Globalization.CultureInfo]::InvariantCulture)",
        "$a -cmatch 'conin'",
        "'0x{0:x8}' -f $n",
    ])("accepts %s", (line) => {
        expect(cultural(line)).toEqual([]);
    });
});
