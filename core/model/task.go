package model

import (
	"slices"
	"strings"

	"heed/core/record"
	"heed/core/say"
)

// What models do.
const (
	Translation = "translation"
	Compression = "compression"     // of a sentence, by leaving words out
	Generation  = record.Generation // continuing a text
	Fill        = record.Fill       // finding hidden words
	Similarity  = record.Similarity // telling how near two texts are
)

// Tasks are what models do. Another one is a row of tasks here, which says what network it takes, and a file in package
// run.
var Tasks = append(slices.Clone(Trained), Similarity)

// Trained are the tasks that a recipe can train: those of models that predict tokens.
var Trained = []string{Translation, Compression, Generation, Fill}

// tasks has a row for each of Tasks: the network that it takes, and what a model does, in words. Of the tasks of
// one network the first is the task of a model that does not say its own. How a task is run is package run's.
var tasks = []struct {
	name                       string
	encoder, decoder, predicts bool
	does                       string
}{
	{Translation, true, true, true, "translates"},
	{Compression, true, true, true, "shortens sentences"},
	{Generation, false, true, true, "generates text"},
	{Fill, true, false, true, "finds hidden words"},
	{Similarity, true, false, false, "compares texts"},
}

// Does says in words what a model of a task does, such as "translates".
func Does(task string) string {
	for _, t := range tasks {
		if t.name == task {
			return t.does
		}
	}
	return "has a task that is not known here"
}

// settle sets the task of a model that does not say it, and returns an error for one that its network cannot do.
// The error goes on after "config.json".
func (a *About) settle(net Net) error {
	encoder, decoder := net.Parts()
	for _, t := range tasks {
		fits := t.encoder == encoder && t.decoder == decoder && t.predicts == net.Predicts()
		if a.Task == "" && fits {
			a.Task = t.name
		}
		if a.Task == t.name {
			if !fits {
				return say.Error("'s heed.task is ", a.Task, ", which a network ", parts(net), " cannot do")
			}
			return nil
		}
	}
	return say.Error("'s heed.task is ", say.Quote(a.Task), "; it must be one of ", strings.Join(slices.Clone(Tasks), ", "))
}

// parts says in words what a network is made of.
func parts(net Net) string {
	switch encoder, decoder := net.Parts(); {
	case !encoder:
		return "of a decoder alone"
	case decoder:
		return "of an encoder and a decoder"
	case !net.Predicts():
		return "of an encoder that predicts nothing"
	}
	return "of an encoder alone"
}
