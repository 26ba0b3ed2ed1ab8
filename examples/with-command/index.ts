import * as command from "@pulumi/command";
import * as wmisec from "pulumi-wmisec";

// One connection object for both: the fields of remote.Command have the same names and meaning here.
// remote.Command takes a secret only as text, and checks the host's key only if you give it.
const connection = {
    host: "web-07.contoso.test",
    user: "CONTOSO\\svc-pulumi",
    privateKey: process.env.FLEET_KEY ?? "",
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlS9ycNlqzz4bhEcU7z1ClpNmFoOlM5bK3PrZJN7lWA",
};

const role = new command.remote.Command("dns", {
    connection,
    create: "powershell.exe -NoProfile -Command Install-WindowsFeature DNS",
});

// The role creates the namespace.
new wmisec.WmiNamespaceSecurity(
    "dns",
    { connection, namespaces: { "root/MicrosoftDNS": { requiresEncryption: true } } },
    { dependsOn: role },
);
