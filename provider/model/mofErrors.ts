/** Errors of the MOF parser by code, worded as in the documentation (MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-error-constants.md). */
const SYNTAX_ERRORS = {
    "8004400a": "Unexpected token in the file.",
    "80044001": "Expected a qualifier name.",
    "80044002": "Expected semicolon or '='.",
    "80044003": "Expected an opening brace.",
    "80044004": "Missing closing brace or an illegal array element.",
    "80044005": "Expected a closing bracket.",
    "80044006": "Expected closing parenthesis.",
    "80044007": "Numeric value out of range or strings without quotes.",
    "80044008": "Expected a type identifier.",
    "80044009": "Expected an open parenthesis.",
    "8004400c": "Expected property or method name.",
    "8004400d": "Typedefs and enumerated types are not supported.",
    "8004400f": "Unexpected array initialization. Arrays must be declared with [].",
    "80044012": "#pragma must be followed by a valid keyword.",
    "80044013": "Namespace path syntax is not valid.",
    "80044014": "Unexpected character in class name must be an identifier.",
    "80044016": "Dollar sign must be followed by an alias name as an identifier.",
    "80044017": "Class declaration is not valid.",
    "80044018": 'The instance declaration is not valid. It must start with "instance of"',
    "80044019": 'Expected dollar sign. An alias in the form "$name" must follow the "as" keyword.',
    "8004401a": '"CIMTYPE" qualifier cannot be specified directly in a MOF file. Use standard type notation.',
    "8004401b": "Duplicate property name was found in the MOF.",
    "8004401e": "The file is not a valid text MOF file or binary MOF file.",
    "8004401f": "Embedded objects cannot be aliases.",
    "80044020": "NULL elements in an array are not supported.",
    "80044021": "Qualifier was used more than once on the object.",
    "80044022": "Expected a flavor type such as ToInstance, ToSubClass, EnableOverride, or DisableOverride.",
    "80044023": "Combining EnableOverride and DisableOverride on same qualifier is not legal.",
    "80044024": "An alias cannot be used twice.",
    "80044025": "Combining Restricted, and ToInstance or ToSubClass is not legal.",
    "80044027": "Arguments must have an In or Out qualifier.",
    "80044029": "The final brace and semi-colon for a class are missing.",
    "8004402d": "The qualifier syntax is not valid. It should be qualifiername:type=value,scope(class|instance), flavorname.",
    "80044030": "A file included in the MOF by the preprocessor command #include is not valid.",
    "80044031": "The syntax for the preprocessor commands #pragma deleteinstance or #pragma deleteclass is not valid.",
} as const;

export type SyntaxErrorCode = keyof typeof SYNTAX_ERRORS;

/** The text is not MOF. Nothing of it is stored. */
export class MofSyntaxError extends Error {
    constructor(
        readonly code: SyntaxErrorCode,
        /** From 1. */
        readonly line: number,
    ) {
        super(SYNTAX_ERRORS[code]);
        this.name = "MofSyntaxError";
    }
}

/** Windows compiles this MOF, and the model does not. Nothing of the text is stored. */
export class MofNotSimulated extends Error {
    /** @param what completes "the simulated MOF compiler does not support ..." */
    constructor(what: string, line: number) {
        super(`the simulated MOF compiler does not support ${what} (line ${line}); Windows does`);
        this.name = "MofNotSimulated";
    }
}
