package model

// For the tests of package model_test.

// CountOf returns the number of weights that a config.json describes.
func CountOf(config []byte) (int64, error) {
	d, err := parseConfig(config)
	if err != nil {
		return 0, err
	}
	return d.count(), nil
}

// ConfigFile returns the model's config.json.
func ConfigFile(m *Model) ([]byte, error) { return m.config() }

// Saving returns the steps of a save.
var Saving = saving
