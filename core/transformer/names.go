package transformer

// names are what a family's files call the weights. What begins with a dot follows the name of its
// stack, block or attention; an empty name is a weight that the family does not have.
type names struct {
	table              string // the embeddings, which the logits read too
	encoder, decoder   string // the stacks
	positions, types   string // learned positions, segments
	first, last        string // norms of the embeddings, and of what a pre-norm stack gives
	blocks             string // the number follows
	self, cross        string // attentions
	query, key, value  string
	fused              string // query, key and value in one
	out                string
	selfNorm           string
	crossNorm          string
	in, back, ffnNorm  string // the feed-forward network
	transform, headEnd string // before the logits: a layer, its norm
	bias               string // of the logits
	conv1D             bool   // weights of linear maps are stored [in, out]
}

var marianNames = names{
	table: "model.shared.weight", encoder: "model.encoder", decoder: "model.decoder", positions: ".embed_positions.weight",
	blocks: ".layers.", self: ".self_attn", cross: ".encoder_attn",
	query: ".q_proj", key: ".k_proj", value: ".v_proj", out: ".out_proj",
	selfNorm: ".self_attn_layer_norm", crossNorm: ".encoder_attn_layer_norm",
	in: ".fc1", back: ".fc2", ffnNorm: ".final_layer_norm", last: ".layer_norm", bias: "final_logits_bias",
}

var gpt2Names = names{
	table: "transformer.wte.weight", decoder: "transformer", positions: ".wpe.weight",
	blocks: ".h.", self: ".attn", fused: ".c_attn", out: ".c_proj", selfNorm: ".ln_1",
	in: ".mlp.c_fc", back: ".mlp.c_proj", ffnNorm: ".ln_2", last: ".ln_f", conv1D: true,
}

var bertNames = names{
	table: "bert.embeddings.word_embeddings.weight", encoder: "bert", positions: ".embeddings.position_embeddings.weight",
	types: ".embeddings.token_type_embeddings.weight", first: ".embeddings.LayerNorm",
	blocks: ".encoder.layer.", self: ".attention", query: ".self.query", key: ".self.key", value: ".self.value",
	out: ".output.dense", selfNorm: ".attention.output.LayerNorm",
	in: ".intermediate.dense", back: ".output.dense", ffnNorm: ".output.LayerNorm",
	transform: "cls.predictions.transform.dense", headEnd: "cls.predictions.transform.LayerNorm", bias: "cls.predictions.bias",
}
