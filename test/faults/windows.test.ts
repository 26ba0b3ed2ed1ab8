import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import { always, everywhere, FINE, namespacesOnly, writes, writing } from "./cells";
import { faultTable } from "./faultTable";
import { DEFINITION } from "./faultWorld";
import { on, type Row, UNREAD } from "./row";

/** What Windows itself refuses, or does meanwhile. */
faultTable([
    { name: "WMI service down", light: on("wmiDown", {}), cells: everywhere("hostError"), says: /0x80070422[\s\S]*Start-Service winmgmt/ },
    {
        name: "access denied for one namespace of several",
        light: on("namespaceDenied", { paths: ["root/contoso/billing"] }),
        cells: namespacesOnly({ ...always("denied"), read: "status:compliant,denied" }),
        says: /root\/contoso\/billing.*[\s\S]*0x80041003/,
    },
    {
        name: "the flag is text instead of a boolean",
        light: on("flagNotBoolean", { paths: ["root/contoso"] }),
        cells: namespacesOnly(always("unexpectedValue")),
        says: /root\/contoso/,
    },
    { name: "the registry can't be read", light: on("registryDenied", {}), cells: everywhere("denied"), says: /SecurityException/ },
    { name: "the registry can't be written", light: on("registryWriteDenied", {}), cells: writes("denied"), says: /denied|not allowed/i },
    {
        name: "the registry value is of another kind",
        changed: { kind: "REG_BINARY", value: "00" },
        light: ({ host }) =>
            host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_BINARY", value: "00" }),
        cells: { WmiNamespaceSecurity: FINE, UnsecAppPolicy: { ...FINE, read: "status:drifted" } },
        says: /./,
    },
    {
        name: "the value's key is gone at the write",
        light: on("keyMissingAtWrite", { keys: [UNSEC_APP_VALUE.key] }),
        // The list of registered MOF files lies in the same key.
        cells: { WmiNamespaceSecurity: { ...writing("hostError"), create: "fine" }, UnsecAppPolicy: writing("hostError") },
        says: /no key/,
    },
    {
        name: "the definition file can't be read",
        light: on("fileDenied", { files: [DEFINITION] }),
        cells: namespacesOnly({ ...always("denied"), read: "status:compliant,denied" }),
        says: /contoso\.mof/,
    },
    {
        name: "the definition file can't be written",
        light: on("fileWriteDenied", { files: [DEFINITION] }),
        cells: namespacesOnly({ ...FINE, create: "denied", delete: "denied" }),
        says: /contoso\.mof/,
    },
    {
        name: "others may change the definition file",
        light: on("definitionUnsafe", { files: [DEFINITION] }),
        cells: namespacesOnly({ ...always("definitionUnsafe"), read: "status:compliant,drifted" }),
        says: /contoso\.mof/,
    },
    ...[0, 1, 2, 5, 8].map(
        (step): Row => ({
            name: `the repository is rebuilt before step ${step}`,
            light: on("repositoryRebuiltBeforeStep", { step }, 1),
            cells: everywhere("fine"),
            says: /./,
        }),
    ),
    ...[0, 1, 2, 5, 8].map(
        (step): Row => ({
            name: `the WMI service stops before step ${step}`,
            light: on("wmiStopsBeforeStep", { step }, 1),
            // The look before a compile fails, or mofcomp does. Who is asked to write next tells no more who it is.
            cells: { WmiNamespaceSecurity: writing("hostError or mofRejected"), UnsecAppPolicy: writing("hostError") },
            says: /0x80070422/,
        }),
    ),
    { name: "a slow host", light: on("slow", { ms: 20 }), cells: everywhere("fine"), says: /./ },
    { name: "the event log can't be opened", light: on("eventLogDenied", {}), warns: UNREAD, cells: everywhere("fine"), says: /./ },
    { name: "the event log service is down", light: on("eventLogDown", {}), warns: UNREAD, cells: everywhere("fine"), says: /./ },
]);
