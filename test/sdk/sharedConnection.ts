/**
 * Compiles only as long as one `connection` object serves @pulumi/command's `remote.Command` and our resources. command.test.ts
 * compiles it, also against drifted copies of our types, which must not compile.
 */
import * as command from "@pulumi/command";
import * as wmisec from "../../sdk";

type Theirs = command.types.input.remote.ConnectionArgs;
type TheirProxy = command.types.input.remote.ProxyConnectionArgs;

/** Names, and not only types: an interface that lost a field would still accept a variable that has one more. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
export const everyFieldOfTheirsIsOurs: Same<Exclude<keyof Theirs, keyof wmisec.ConnectionArgs>, never> = true;
export const everyFieldOfTheirProxyIsOurs: Same<Exclude<keyof TheirProxy, keyof wmisec.EndpointArgs>, never> = true;

export const accepted = (theirs: Theirs): wmisec.ConnectionArgs => theirs;
export const acceptedProxy = (theirs: TheirProxy): wmisec.EndpointArgs => theirs;

/** A user's object: every field that both have. */
export const connection = {
    host: "web-07.contoso.test",
    port: 2222,
    user: "CONTOSO\\svc-pulumi",
    password: "p",
    privateKey: "k",
    privateKeyPassword: "o",
    agentSocketPath: "/run/agent",
    hostKey: "SHA256:x",
    dialErrorLimit: 3,
    perDialTimeout: 7,
    proxy: {
        host: "jump.contoso.test",
        port: 2022,
        user: "jump",
        password: "jp",
        privateKey: "jk",
        privateKeyPassword: "jo",
        agentSocketPath: "/run/jump",
        hostKey: "SHA256:y",
        dialErrorLimit: 4,
        perDialTimeout: 8,
    },
} satisfies Required<Theirs> & { proxy: Required<TheirProxy> };

/** One object for all three. */
export const program = (shared: Theirs) => [
    new command.remote.Command("who", { connection: shared, create: "whoami" }),
    new wmisec.WmiNamespaceSecurity("who", { connection: shared, namespaces: { "root/cimv2": { requiresEncryption: true } } }),
    new wmisec.UnsecAppPolicy("who", { connection: shared, checkAccess: true }),
];
