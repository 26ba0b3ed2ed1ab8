import { everywhere } from "./cells";
import { faultTable } from "./faultTable";
import { on, type Row } from "./row";

/** The way to the host. */
faultTable([
    {
        name: "TCP refused",
        light: ({ host }) => host.down(),
        mend: ({ host }) => host.up(),
        cells: everywhere("unreachable"),
        says: /ECONNREFUSED|refused/,
    },
    { name: "TCP accepted and silent", light: on("silentTcp", {}), hangs: "login", cells: everywhere("unreachable"), says: /2 s/ },
    ...(["before", "after"] as const).map(
        (when): Row => ({
            name: `closed ${when} the banner`,
            light: on("closesInBanner", { when }),
            cells: everywhere("unreachable"),
            says: /closed|ended|lost/,
        }),
    ),
    {
        name: "closed in the key exchange",
        light: on("closesInKeyExchange", {}),
        cells: everywhere("unreachable"),
        says: /closed|ended|lost/,
    },
    {
        name: "closed after authentication",
        light: on("closesAfterAuthentication", {}),
        cells: everywhere("execRefused"),
        says: /closed the connection right after login as/,
    },
    {
        name: "another host key",
        light: ({ host }) => host.changeHostKey(),
        mend: (world) => world.trustHost(),
        cells: everywhere("hostKeyMismatch"),
        says: /SHA256:/,
    },
    { name: "credentials refused", light: on("authRefused", {}), cells: everywhere("denied"), says: /password/ },
    { name: "exec refused", light: on("execRefused", {}), cells: everywhere("execRefused"), says: /command/ },
]);
