package record

import (
	"strings"
	"testing"

	"heed/core/json"
)

func TestChanges(t *testing.T) {
	var c Changes
	if err := c.ParseOff(" cross.2.3, self.0.1,cross.2.3,"); err != nil {
		t.Fatal(err)
	}
	if err := c.ParseForce("rnn.0.0.4.5=0.25,cross.2.3.1.4=0.9,rnn.0.0.4.5=1"); err != nil {
		t.Fatal(err)
	}
	if off, force := c.OffList(), c.ForceList(); off != "cross.2.3,self.0.1" || force != "cross.2.3.1.4=0.9,rnn.0.0.4.5=1" {
		t.Errorf("read %s and %s", off, force)
	}
	if off, forced := c.Of(Cross, 2, 3); !off || len(forced) != 1 || forced[0].Row != 1 || forced[0].Col != 4 || forced[0].Weight != 0.9 {
		t.Errorf("of cross.2.3: %v, %v", off, forced)
	}
	c.Temperature = 2
	b, err := json.Write(c.Fields)
	if err != nil {
		t.Fatal(err)
	}
	var again Changes
	if err := json.Read(b, again.Fields); err != nil || !again.Equal(&c) {
		t.Errorf("%s reads as %v, %v", b, again, err)
	}
	if !c.Any() || (&Changes{Temperature: 1}).Any() {
		t.Error("Any is wrong")
	}
	for _, wrong := range []string{"cross.1", "cross.1.2.3", "hat.0.0", "cross.-1.0", "cross.a.0", "cross", "cross.1.99999999999"} {
		var c Changes
		if err := c.ParseOff("self.0.0," + wrong); err == nil || !strings.Contains(err.Error(), wrong) || len(c.Off) != 1 {
			t.Errorf("%s: %v, %v", wrong, c, err)
		}
	}
	for _, wrong := range []string{"cross.0.0.1=1", "cross.0.0.1.1", "cross.0.0.1.1=", "cross.0.0.1.1=1.5", "cross.0.0.1.1=NaN", "cross.0.0.1.1=-1", "rnn.0.0.1.1.1=1"} {
		var c Changes
		if err := c.ParseForce("self.0.0.0.0=1," + wrong); err == nil || !strings.Contains(err.Error(), wrong) || len(c.Force) != 1 {
			t.Errorf("%s: %v, %v", wrong, c, err)
		}
	}
	for _, wrong := range []string{`{"off":"x"}`, `{"force":"cross.0.0=1"}`, `{"off":3}`} {
		if json.Read([]byte(wrong), again.Fields) == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}

// TestParsePatched: what is written is read again, and what is no activation is said.
func TestParsePatched(t *testing.T) {
	const list = "self.-.-.3,self.1.-.0,cross.2.0.4,rnn.0.-.2"
	var c Changes
	if err := c.ParsePatched(list); err != nil || c.PatchedList() != list {
		t.Errorf("%s, %v; want %s", c.PatchedList(), err, list)
	}
	for _, wrong := range []string{"self.1", "cross.0.0.-", "mind.0.0.1", "self.-1.0.0", "self.0.0.1.2"} {
		var c Changes
		if err := c.ParsePatched(wrong); err == nil || len(c.Patched) > 0 {
			t.Errorf("%s is read as %+v, %v", wrong, c.Patched, err)
		}
	}
}
