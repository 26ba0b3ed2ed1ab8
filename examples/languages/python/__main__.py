import pulumi
import pulumi_wmisec as wmisec

config = pulumi.Config()
connection = wmisec.ConnectionArgs(host=config.require("host"))

namespaces = wmisec.WmiNamespaceSecurity(
    "web-07",
    connection=connection,
    namespaces={
        "root/cimv2": wmisec.NamespacePolicyArgs(requires_encryption=True),
        # A role's namespace: fine where the role is not installed.
        "root/MicrosoftDNS": wmisec.NamespacePolicyArgs(
            requires_encryption=True, when_missing=wmisec.WhenMissing.SKIP
        ),
    },
)

wmisec.UnsecAppPolicy("web-07-sinks", connection=connection, check_access=True)

fleet = wmisec.FleetEncryptionPolicy(
    "fleet",
    hosts={name: wmisec.FleetHostArgs() for name in config.require_object("servers")},
    namespaces={"root/cimv2": wmisec.NamespacePolicyArgs(requires_encryption=True)},
    check_access=True,
    max_unreachable="10%",
)

pulumi.export("before", namespaces.before)
pulumi.export("counts", fleet.counts)
