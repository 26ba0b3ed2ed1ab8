const { default: Sequencer } = require("@jest/test-sequencer");

/** These take minutes: begun last, one of them would keep one worker busy and leave the other one idle. */
const LONG = /[\\/]test[\\/](engine|faults|powershell|agent[\\/]pwsh)/;

/** What takes long begins first, and among equals what Jest would begin with. */
module.exports = class LongestFirst extends Sequencer {
    sort(tests) {
        const sorted = super.sort(tests);
        return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))];
    }
};
