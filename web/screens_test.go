//go:build !js

package web_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screens are what the page is looked at on: a phone, with its keyboard open too, a laptop, a projector, and 200 % zoom.
var screens = []struct {
	name          string
	width, height int64
	scale         float64
	mobile        bool
}{{"390", 390, 844, 1, true}, {"390-keyboard", 390, 430, 1, true}, {"1440", 1440, 900, 1, false}, {"1920", 1920, 1080, 1, false}, {"zoom-200", 720, 450, 2, false}}

// sights are what is photographed on each.
var sights = []struct{ name, address string }{
	{"links", "view=links"}, {"heads", "view=links&head=0,1,4&layer=2&kind=cross"}, {"strips", "view=strips"}, {"heatmap", "view=heatmap"},
	{"grid", "view=grid"}, {"tower", "view=tower"}, {"steps", "view=steps"}, {"flow", "view=flow"}, {"predictions", "view=predictions"},
	{"context", "model=en-fr-context&view=context"}, {"soft", "model=en-fr-attention&view=context"},
	{"ablation", "view=ablation"}, {"patch", "view=patch&patch=text:I+see+a+red+car+and+a+white+horse."}, {"attribution", "view=attribution"}, {"why", "view=why"},
	{"compare", "view=compare"}, {"sentences", "view=compare&compare=text:I+see+a+blue+car."}, {"stories", "model=stories&text=Lily+had+a+red+ball.+She"},
	{"fill", "model=fill&text=Tom+was+sad+because+[MASK]+lost+his+toy."}, {"present", "view=links&present=1"}, {"tour", "step=2"},
}

// TestScreens writes, with -pictures FOLDER, two sheets of pictures for each view, light and dark, with every screen, for
// people to look at.
func TestScreens(t *testing.T) {
	if *pictured == "" {
		t.Skip("for people to look at, with -pictures FOLDER")
	}
	for _, sight := range sights {
		t.Run(sight.name, func(t *testing.T) { photograph(newTab(t, ""), sight.name, sight.address) })
	}
}

func photograph(tab *tab, name, hash string) {
	var shots [2][]image.Image
	if !strings.Contains(hash, "text=") && !strings.Contains(hash, "step=") {
		hash += "&text=I+see+a+red+car+and+a+white+house."
	}
	for i, screen := range screens {
		tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: screen.width, Height: screen.height, DeviceScaleFactor: screen.scale, Mobile: screen.mobile}))
		if i == 0 {
			tab.do(chromedp.Navigate(site + "#" + hash))
			tab.until(ready)
			tab.until(`!` + root + `.querySelector("[data-waits]")`)
		}
		for n, theme := range []string{"light", "dark"} {
			tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}))
			get(tab, chromedp.Evaluate[bool](`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 50))))`, chromedp.EvalAwaitPromise))
			shot, err := png.Decode(bytes.NewReader(get(tab, chromedp.CaptureScreenshot())))
			if err != nil {
				tab.t.Fatal(err)
			}
			shots[n] = append(shots[n], shot)
		}
	}
	for n, theme := range []string{"light", "dark"} {
		var file bytes.Buffer
		if err := png.Encode(&file, sheetOf(shots[n])); err != nil {
			tab.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*pictured, name+"-"+theme+".png"), file.Bytes(), 0o666); err != nil {
			tab.t.Fatal(err)
		}
	}
}

// sheetOf sets pictures side by side.
func sheetOf(shots []image.Image) image.Image {
	const gap = 16
	size := image.Point{}
	for _, s := range shots {
		size = image.Pt(size.X+s.Bounds().Dx()+gap, max(size.Y, s.Bounds().Dy()))
	}
	sheet := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(sheet, sheet.Rect, image.NewUniform(color.RGBA{0x80, 0x60, 0x40, 0xff}), image.Point{}, draw.Src)
	x := 0
	for _, s := range shots {
		draw.Draw(sheet, s.Bounds().Add(image.Pt(x, 0)), s, s.Bounds().Min, draw.Src)
		x += s.Bounds().Dx() + gap
	}
	return sheet
}
