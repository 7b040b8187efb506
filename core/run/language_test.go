package run

import (
	"strings"
	"testing"

	"heed/core/record"
)

func TestOtherLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "Hello!": "", "I like tea.": "", "The animal didn't cross the street because it was too tired.": "",
		"Le Corbusier was born in La Chaux-de-Fonds.": "", "Los Angeles is on the coast.": "", "I am in Paris": "",
		"Le chat est sur la table.": "French", "J'aime le thé.": "French", "Où est-ce que tu habites ?": "French", "LE CHAT EST LÀ": "French",
		"Ich habe heute keine Zeit.": "German", "Das ist ein Haus.": "German",
		"Hola, me llamo Juan y vivo en Madrid.": "Spanish", "¿Dónde está la casa?": "Spanish",
		"Non ho tempo per questo.": "Italian", "La casa è molto grande.": "Italian",
		strings.Repeat("word after word ", 3333): "", "你好，世界": "", "https://example.com/a/b?c=d": "", "for (int i = 0; i < 10; i++) { sum += i; }": "",
	} {
		if got := otherLanguage(text); got != want {
			t.Errorf("%.40q seems to be %q, want %q", text, got, want)
		}
	}
}

func TestUnfamiliar(t *testing.T) {
	tokens := make([]record.Token, 9)
	tokens[8].Special = true // the end token is not counted
	for text, want := range map[string]bool{"one two three": true, "one two three four": false} {
		if got := unfamiliar(text, tokens); got != want {
			t.Errorf("8 tokens of %q are unfamiliar: %v", text, got)
		}
	}
	if unfamiliar("Zürich", tokens[:7]) {
		t.Error("a single name is said to be unfamiliar")
	}
}
