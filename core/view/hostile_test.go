//go:build !js

package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"heed/core/readertest"
	"heed/core/record"
	"heed/core/view"
)

func repeated(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

// hostile are Records that each explain a run as no engine would, and what is said of them; nothing of those that are
// drawn.
func hostile() map[string][2]string {
	const token = `{"text":"a","id":1,"start":0,"end":1,"word":0}`
	file := func(tokens int, rest string) string {
		return `{"format":"heed.record/1","model":"x","task":"translation","text":"a","output":"a","tokens":{"source":[` + repeated(tokens, token) + `],"target":[` + repeated(3, token) + `]},"maps":[],` + rest + `}`
	}
	each := func(n int, one func(i int) string) string {
		var all []string
		for i := range n {
			all = append(all, one(i))
		}
		return strings.Join(all, ",")
	}
	words := func(n int) string { return `"` + strings.Repeat("a ", n) + `"` }
	attribution := func(position int) string {
		return fmt.Sprintf(`"attribution":{"method":"rollout","position":%d,"token":"a","id":1,"value":0,"source":[0],"gap":0,"beside":{"method":"attention","position":%d,"token":"a","id":1,"value":0,"source":[0],"gap":0}}`, position, position)
	}
	return map[string][2]string{
		"heads without a layer":  {file(1, `"ablation":[{"part":"heads","kind":"self","delta":1}]`), "ablation names layer -1, head -1"},
		"a head without a layer": {file(1, `"ablation":[{"part":"heads","kind":"self","layer":0,"head":0,"delta":1},{"part":"a","kind":"self","layer":0,"head":0,"delta":1},{"part":"ffn","kind":"self","layer":0,"delta":1}]`), "ablation names layer 0, head -1"},
		"a far head":             {file(1, `"ablation":[{"part":"heads","kind":"self","layer":1023,"head":1023,"delta":1}]`), "an explanation has room for 1048576 numbers"},
		"far heads":              {file(1, `"ablation":[`+repeated(1000, `{"part":"heads","kind":"self","layer":95,"head":63,"delta":1},{"part":"heads","kind":"decoder","layer":95,"head":63,"delta":1}`)+`]`), "an explanation has room for 12288000"},
		"many parts":             {file(1, `"ablation":[`+repeated(200_000, `{"part":"ffn","kind":"self","layer":1,"delta":1}`)+`]`), "an explanation has room for 3200000"},
		"long outputs":           {file(1, `"ablation":[`+repeated(8, `{"part":"ffn","kind":"self","layer":1,"delta":1,"output":`+words(32_000)+`}`)+`]`), ""},
		"a patch nowhere":        {file(1, `"patch":[{"kind":"self","layer":0,"position":-1,"recovered":1}]`), "patch names layer 0, head -1, position -1"},
		"a far patch":            {file(32_000, `"patch":[{"kind":"self","layer":0,"position":31999,"recovered":1}]`), ""},
		"far patches": {file(32_000, `"patch":[`+each(10_000, func(i int) string {
			return fmt.Sprintf(`{"kind":"self","layer":%d,"position":31999,"recovered":1}`, i%2)
		})+`]`), "an explanation has room for 320000000"},
		"many patches": {file(1000, `"patch":[`+each(200_000, func(i int) string {
			return fmt.Sprintf(`{"kind":"self","layer":%d,"position":%d,"recovered":1}`, i/1000, i%1000)
		})+`]`), "an explanation has room for 200000"},
		"two long texts":                          {file(1, `"patch":[{"kind":"self","layer":0,"position":0,"recovered":1}],"donor":{"text":`+words(32_000)+`,"output":`+words(32_000)+`,"own":`+words(31_999)+`,"position":0,"token":"a","other":"b","base":0,"full":1}`), ""},
		"an attribution nowhere":                  {file(1, attribution(-7)), "attribution names position -7"},
		"a far attribution":                       {file(1, attribution(1_000_000_000)), "attribution names position 1000000000"},
		"an attribution to what cannot be chosen": {`{"format":"heed.record/1","model":"x","task":"fill","text":"a","tokens":{"source":[` + token + `]},"maps":[],` + attribution(0) + `}`, ""},
		"an attribution's parts":                  {file(1, `"attribution":{"method":"direct","position":0,"token":"a","id":1,"value":0,"source":[0],"gap":0,"parts":[`+repeated(200_000, `{"name":"ffn","layer":1,"value":1}`)+`]}`), "an explanation has room for 200000"},
		"an attribution of many":                  {file(32_000, `"attribution":{"method":"rollout","position":0,"token":"a","id":1,"value":0,"source":[`+repeated(32_000, "0")+`],"gap":0}`), ""},
		"why of no row":                           {file(1, `"why":{"kind":"self","layer":0,"head":0,"row":-1,"col":0,"score":1,"parts":[]}`), "why names layer 0, head 0, position -1"},
		"why of no column":                        {file(1, `"why":{"kind":"self","layer":0,"head":0,"row":0,"col":-1,"score":1,"parts":[]}`), "why names layer 0, head 0, position 0"},
		"why of much":                             {file(32_000, `"why":{"kind":"self","layer":0,"head":0,"row":0,"col":0,"score":1,"parts":[`+repeated(200_000, `{"query":"ffn.1","key":"bias","value":1}`)+`]}`), ""},
		"a wide adversary":                        {file(1, `"adversary":{"keys":[`+repeated(200_000, `"a"`)+`],"rows":[`+repeated(2, `{"token":"a","weights":[`+repeated(200_000, "0")+`],"other":[`+repeated(200_000, "0")+`],"distance":0,"change":0}`)+`],"same":true}`), "an explanation has room for 400000"},
		"layers of a lens":                        {file(32_000, `"lens":[`+each(1024, func(i int) string { return fmt.Sprintf(`{"layer":%d,"predictions":[]}`, i) })+`],"predictions":[{"position":0,"top":[{"text":"a","id":1,"p":1}]}]`), "lens has room for 32768000"},
		"a context of many":                       {file(65, `"context":{"rows":2,"cols":65536,"values":[`+repeated(2*65536, "0")+`],"states":[`+repeated(65*65536, "0")+`]}`), "the context has room for 4259840"},
		"a detail of many":                        {file(65, `"detail":{"kind":"self","layer":0,"head":0,"row":0,"score":"dot","scale":1,"q":[`+repeated(65536, "0")+`],"k":[`+repeated(65*65536, "0")+`],"v":[`+repeated(65, "0")+`],"scores":[`+repeated(65, "0")+`],"weights":[`+repeated(65, "0")+`],"output":[0]}`), "the detail has room for 4259840"},
		"heads of heads":                          {file(1, `"heads":{"corpus":"a","heads":[`+repeated(100_000, `{"kind":"self","layer":0,"head":0}`)+`]}`), "heads has room for 100000"},
	}
}

// drawn draws a Record in each view, and lists what of it is the strongest. Where there is something to point at, keys
// begin at it.
func drawn(t *testing.T, r *record.Record, s view.State) {
	t.Helper()
	for _, v := range view.All() {
		if s.View = v.Name; s.View == view.Flow && len(r.Maps) > 100 {
			continue // which the page does in turns
		}
		scene, err := view.Build(r, s, view.Env{})
		if err != nil {
			continue
		}
		view.Strongest(r, s, view.Env{}, view.Listed)
		first := scene.Move(view.Ref{}, 0, 0)
		if listed := scene.Grid == nil && len(scene.Hits) > 0; listed && !slices.ContainsFunc(scene.Hits, func(h view.Hit) bool { return h.Ref == first && (first.Part == view.Query || first.Part == view.Key) }) {
			t.Errorf("%s: keys begin at %v, which is not there", s.View, first)
		}
	}
}

// TestHostileAnalyses reads and draws Records that say what cannot be: they are refused, or no view panics, or takes
// much more memory than the file.
func TestHostileAnalyses(t *testing.T) {
	for name, c := range hostile() {
		readertest.Budget(t, name, len(c[0]), c[1], func() error {
			r, err := record.Parse([]byte(c[0]))
			if err == nil {
				drawn(t, r, view.State{Kind: record.Self, Heads: record.Heads(0), Width: 900, Lens: true, Ask: record.Question{Roles: true}})
			}
			return err
		})
	}
}

// Whatever a file holds, it is refused, or each view draws it: a panic would end the page's engine, and with it all
// elements.
func FuzzRecords(f *testing.F) {
	for _, c := range hostile() {
		if len(c[0]) < 2000 {
			f.Add(c[0], 0, 0, 0)
		}
	}
	for _, r := range []*record.Record{small(), translation(), softly(), expecting(), masked(), detailed(record.Cross, record.Dot, 5, 2, 8, 8)} {
		r.Format = record.Format
		if data, err := r.JSON(); err == nil {
			f.Add(string(data), 1, 2, 1)
		}
	}
	f.Fuzz(func(t *testing.T, data string, row, col, head int) {
		r, err := record.Parse([]byte(data))
		if err != nil {
			return
		}
		s := view.State{Kind: record.Self, Heads: record.Heads(head & 3), Width: 700, Lens: row&1 == 0, HideSpecial: row&2 == 0, Words: row&4 == 0, Focus: query(row), Chosen: pair(row, col), Ask: record.Question{Roles: true}}
		for _, s.Kind = range []record.Kind{record.Self, record.Decoder, record.Cross, record.RNN} {
			drawn(t, r, s)
		}
	})
}
