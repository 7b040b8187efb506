package model

import (
	"slices"
	"strings"

	"heed/core/json"
	"heed/core/recurrent"
	"heed/core/say"
	"heed/core/transformer"
)

// description is what a config.json says: a network that can be built, and what it is for.
type description struct {
	about About
	count func() int64 // weights, known before there is room for them
	build func() (Net, error)
	fit   func(tensors []string) error // adapts the network to the names, sorted, of the tensors that there are
}

// networks reads the configurations of each package of networks.
var networks = []struct {
	types func() []string // values of model_type
	read  func(d *description, config []byte) error
}{
	{transformer.Families, func(d *description, config []byte) error {
		c, err := transformer.ParseConfig(config)
		d.count, d.build, d.fit = c.Count, func() (Net, error) { return transformer.New(c) }, c.Fit
		return err
	}},
	{func() []string { return []string{recurrent.ModelType} }, func(d *description, config []byte) error {
		c, err := recurrent.ParseConfig(config)
		d.count, d.build, d.fit = c.Count, func() (Net, error) { return recurrent.New(c) }, c.Fit
		return err
	}},
}

// parseConfig reads a config.json by its model_type. The error goes on after the name of the file.
func parseConfig(data []byte) (*description, error) {
	var modelType string
	d := &description{}
	err := json.Read(data, func(o *json.Object) {
		o.Member("model_type").String(&modelType)
		o.Member("heed").Object(d.about.Fields)
	})
	if err != nil {
		return nil, say.Error("is not a model's configuration: ", err)
	}
	var known []string
	for _, n := range networks {
		types := n.types()
		if slices.Contains(types, modelType) {
			return d, n.read(d, data)
		}
		known = append(known, types...)
	}
	if forms.tensors == nil && modelType != "" {
		return nil, say.Error("describes a model of type ", say.Quote(modelType), ": ", say.ErrLab)
	}
	return nil, say.Error("describes a model of type ", say.Quote(modelType), "; this program opens ", strings.Join(known, ", "))
}

// NewNet returns the network that the content of a config.json describes, its weights zeroed. The
// error goes on after the name of the file.
func NewNet(config []byte) (Net, error) {
	d, err := parseConfig(config)
	if err != nil {
		return nil, err
	}
	return d.build()
}

// Config returns what NewNet makes a network like this one of.
func Config(net Net) ([]byte, error) { return json.Write(net.Fields) }

// config returns the model's config.json.
func (m *Model) config() ([]byte, error) {
	return json.WriteIndented(func(o *json.Object) {
		m.Net.Fields(o)
		o.Member("heed").Object(m.About.Fields)
	})
}
