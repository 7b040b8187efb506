//go:build !js

package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestOtherBrowsers does the main job in Firefox and in WebKit, where they are installed: a sentence is typed, its
// translation and a heatmap come, and keys walk through the cells. It is the second visit of the published page, and the policy that
// the README gives for a host, with Trusted Types, binds the first one too; so it is with a page that imports heed.mjs. web/job.mjs drives them.
func TestOtherBrowsers(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.policy.Store(new(readmePolicy(t) + "; require-trusted-types-for 'script'; trusted-types heed heed-offline"))
	d.newer.Store(&map[string][]byte{"module.html": []byte(strings.Replace(post, `<script src="web/heed.js" defer></script>`, `<script type="module" src="web/heed.mjs"></script>`, 1) + `<heed-view loading="eager">I like tea.</heed-view>`)})
	for name, needed := range map[string][]string{"firefox": {"firefox-esr"}, "webkit": {"WebKitWebDriver", "Xvfb"}} {
		t.Run(name, func(t *testing.T) {
			for _, program := range needed {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("%s is not installed, so the page is not tried in %s", program, name)
				}
			}
			if _, err := os.Stat("../.cache/browsers/node_modules/puppeteer-core"); err != nil && name == "firefox" {
				t.Skip("puppeteer-core could not be fetched from npm, so the page is not tried in Firefox")
			}
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
			defer cancel()
			job := exec.CommandContext(ctx, "node", "job.mjs", name, d.address+"#view=heatmap&text=Good+evening.", "../.cache/"+name+".png")
			job.Cancel = func() error { return job.Process.Signal(os.Interrupt) }
			var faults bytes.Buffer
			job.Stderr = &faults
			out, err := job.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, faults.String())
			}
			var saw struct {
				Version, Output, First, Second string
				Colors                         int
				Kept, Trusted                  bool
				Problems, Through, Imported    []string
			}
			if err := json.Unmarshal(out, &saw); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			t.Logf("%s, Trusted Types: %v", saw.Version, saw.Trusted)
			equal(t, "a service worker on the second visit", saw.Kept, true)
			equal(t, "what the policy let through", strings.Join(saw.Through, "; "), "")
			tea := native(t, "I like tea.", nil).Output
			equal(t, "the translation", saw.Output, tea)
			equal(t, "those of an import, on both visits", strings.Join(saw.Imported, "; "), tea+"; "+tea)
			cell := regexp.MustCompile(`^\S+ looks at \S+, \d\.\d\d`)
			if !cell.MatchString(saw.First) || !cell.MatchString(saw.Second) || saw.First == saw.Second {
				t.Errorf("the cells are %q and, after an arrow key, %q", saw.First, saw.Second)
			}
			if saw.Colors < 10 {
				t.Errorf("the picture has %d colours", saw.Colors)
			}
			for _, problem := range saw.Problems {
				t.Errorf("on the console: %s", problem)
			}
		})
	}
}

// readmePolicy is the Content-Security-Policy that the README gives.
func readmePolicy(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("`(script-src [^`]*)`").FindSubmatch(readme)
	if found == nil {
		t.Fatal("README.md has no policy")
	}
	return strings.ReplaceAll(string(found[1]), "\n", " ")
}
