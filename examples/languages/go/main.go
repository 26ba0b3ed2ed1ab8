package main

import (
	"example.com/pulumi-wmisec/sdk/go/wmisec"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		settings := config.New(ctx, "")
		connection := &wmisec.ConnectionArgs{Host: pulumi.String(settings.Require("host"))}

		namespaces, err := wmisec.NewWmiNamespaceSecurity(ctx, "web-07", &wmisec.WmiNamespaceSecurityArgs{
			Connection: connection,
			Namespaces: wmisec.NamespacePolicyMap{
				"root/cimv2": &wmisec.NamespacePolicyArgs{RequiresEncryption: pulumi.Bool(true)},
				// A role's namespace: fine where the role is not installed.
				"root/MicrosoftDNS": &wmisec.NamespacePolicyArgs{
					RequiresEncryption: pulumi.Bool(true),
					WhenMissing:        wmisec.WhenMissingSkip,
				},
			},
		})
		if err != nil {
			return err
		}

		_, err = wmisec.NewUnsecAppPolicy(ctx, "web-07-sinks", &wmisec.UnsecAppPolicyArgs{
			Connection:  connection,
			CheckAccess: pulumi.Bool(true),
		})
		if err != nil {
			return err
		}

		var names []string
		settings.RequireObject("servers", &names)
		hosts := wmisec.FleetHostMap{}
		for _, name := range names {
			hosts[name] = &wmisec.FleetHostArgs{}
		}
		fleet, err := wmisec.NewFleetEncryptionPolicy(ctx, "fleet", &wmisec.FleetEncryptionPolicyArgs{
			Hosts: hosts,
			Namespaces: wmisec.NamespacePolicyMap{
				"root/cimv2": &wmisec.NamespacePolicyArgs{RequiresEncryption: pulumi.Bool(true)},
			},
			CheckAccess:    pulumi.Bool(true),
			MaxUnreachable: pulumi.String("10%"),
		})
		if err != nil {
			return err
		}

		ctx.Export("before", namespaces.Before)
		ctx.Export("counts", fleet.Counts)
		return nil
	})
}
