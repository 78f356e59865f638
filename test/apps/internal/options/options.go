// Package options lets one set of flags be given on the command line or by the environment, since a
// Pod manifest sets variables and a person at a terminal types flags.
package options

import (
	"flag"
	"fmt"
	"strings"
)

// Parse fills flags from the environment first and from args second, so that a flag wins. The variable
// of a flag is its name in capitals with underscores: -inventory-url is INVENTORY_URL. A variable that is set
// but empty counts: LOG_FILE= means no log file.
func Parse(flags *flag.FlagSet, args []string, lookupEnv func(string) (string, bool)) error {
	var problem error
	flags.VisitAll(func(f *flag.Flag) {
		value, isSet := lookupEnv(variable(f.Name))
		if !isSet || problem != nil {
			return
		}
		if err := f.Value.Set(value); err != nil {
			problem = fmt.Errorf("environment variable %s=%q: %w", variable(f.Name), value, err)
		}
	})
	if problem != nil {
		return problem
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: everything is a flag, see -help", flags.Arg(0))
	}
	return nil
}

func variable(flagName string) string {
	return strings.ToUpper(strings.ReplaceAll(flagName, "-", "_"))
}
