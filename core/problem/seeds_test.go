package problem

// seeds are the first three examples of seed 1, drawn once.
var seeds = map[string][]string{
	"copy":      {"bij\tbij", "jibfcdjd\tjibfcdjd", "aibbdccgh\taibbdccgh"},
	"reverse":   {"bij\tjib", "jibfcdjd\tdjdcfbij", "aibbdccgh\thgccdbbia"},
	"sort":      {"bij\tbij", "jibfcdjd\tbcddfijj", "aibbdccgh\tabbccdghi"},
	"add":       {"19+09\t82", "59+83\t241", "987+049\t6301"},
	"dates":     {"November 28, 1960\t1960-11-28", "February 16, 2031\t2031-02-16", "February 11, 1962\t1962-02-11"},
	"morse":     {"cwxhy\t-.-. .-- -..- .... -.--", "cohjz\t-.-. --- .... .--- --..", "la\t.-.. .-"},
	"plural":    {"cuvoowid\tcuvoowids", "goozeant\tgoozeants", "traf\ttraves"},
	"brackets":  {"({({}()[(())\t])})", "([()\t])", "{((()){})\t}"},
	"induction": {"bxumjz\tbxumjz", "cjqlpuya\tcjqlpuya", "asczedtjkvwmfuy\tasczedtjkvwmfuy"},
	"modular":   {"11+30\t10", "3+4\t7", "7+8\t15"},
	"toy":       {" a small green boy hears a girl\t un tomo pik zel un sela audas", " the tree sees the cat\t la ora la mio vidas", " a dog hears the boy\t un wak la tomo audas"},
}
