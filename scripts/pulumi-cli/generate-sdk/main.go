// Writes a package's SDK for one language, as `pulumi package gen-sdk` does: that command needs the language's own host, and the hosts that
// can be built from tagged Go modules are older than it.
//
//	generate-sdk SCHEMA.json LANGUAGE FOLDER
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "pulumi-wmisec"

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: generate-sdk SCHEMA.json LANGUAGE FOLDER"))
	}
	files, err := generate(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	for name, text := range files {
		if err := write(filepath.Join(os.Args[3], filepath.FromSlash(name)), text); err != nil {
			fail(err)
		}
	}
}

func generate(schemaFile, language string) (map[string][]byte, error) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	// The package refers to no other.
	bound, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	// As `pulumi package add` sets it, whatever the schema says: the SDK has the package's version, and asks for the plugin of that version.
	bound.SupportPack = true
	switch language {
	case "python":
		return python.GeneratePackage(tool, bound, nil, schema.NewCachedLoader(nil))
	case "go":
		return golang.GeneratePackage(tool, bound, nil)
	default:
		return nil, fmt.Errorf("no generator for %s", language)
	}
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
