package model

import "heed/core/json"

func (s *Stack) Fields(o *json.Object) {
	o.Member("kind").String((*string)(&s.Kind))
	o.Member("layers").Int(&s.Layers)
	o.Member("heads").Int(&s.Heads)
}
