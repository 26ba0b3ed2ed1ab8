import { withoutComments } from "../../provider/agent/withoutComments";

describe("comment lines are removed from PowerShell", () => {
    test.each([
        ["comment lines and empty lines go", "# a\n\n$x = 1\n    # b\n\t# c\n$y\n", "$x = 1\n$y\n"],
        ["what stands behind code stays", "$x = 1 # a\n'#'\n", "$x = 1 # a\n'#'\n"],
        ["a here-string is a text", "$x = @'\n# a\n\n'@\n# b\n", "$x = @'\n# a\n\n'@\n"],
        ["so is the other kind", '$x = @"\n# a\n\n"@\n# b\n', '$x = @"\n# a\n\n"@\n'],
        [
            "one ends only at a line's beginning, with its own quote",
            "f @'\n# a '@\n\"@\n# b\n'@ | g\n# c\n",
            "f @'\n# a '@\n\"@\n# b\n'@ | g\n",
        ],
        ["one may begin where another ends", "@'\n#a\n'@ + @'\n#b\n'@\n#c\n", "@'\n#a\n'@ + @'\n#b\n'@\n"],
        ["a comment opens none", "# see @'\n# a\n$x\n", "$x\n"],
        ["an ending that is text opens none", "'a@'\n# a\n$x\n", "'a@'\n$x\n"],
    ])("%s", (_title, text, expected) => {
        expect(withoutComments(text)).toBe(expected);
    });
});
