package token

func init() { LinkForeign() }
