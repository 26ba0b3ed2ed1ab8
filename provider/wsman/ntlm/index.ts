export { AV, avPairs, HAS_MIC, readAvPairs } from "./avPairs";
export { FLAGS, flagsOf, missingOf, REQUIRED } from "./flags";
export { NtlmInitiator } from "./initiator";
export { channelBindingHash, exchangedKey, micOf, ntlmV2Response, PROOF_LENGTH, responseKey, TARGET_INFO_AT } from "./keys";
export {
    type Authenticate,
    authenticateMessage,
    type Challenge,
    challengeMessage,
    readAuthenticate,
    readNegotiate,
    withMic,
} from "./messages";
export { NtlmSealing } from "./sealing";
