#include "textflag.h"

// func Known() bool
TEXT ·Known(SB), NOSPLIT, $0-1
	MOVB $0, ret+0(FP)
	MOVL $0, AX
	CPUID
	CMPL AX, $13
	JLT  done
	MOVL $1, AX
	MOVL $0, CX
	CPUID
	BTL  $27, CX // OSXSAVE: the system has made XGETBV usable
	JCC  done
	MOVL $13, AX
	MOVL $1, CX
	CPUID
	BTL  $2, AX // XGETBV with 1 in ECX
	JCC  done
	MOVB $1, ret+0(FP)

done:
	RET

// func Use()
TEXT ·Use(SB), NOSPLIT, $0-0
	VPCMPEQD Y1, Y1, Y1
	RET

// func Clear()
TEXT ·Clear(SB), NOSPLIT, $0-0
	VZEROUPPER
	RET

// func InUse() bool
TEXT ·InUse(SB), NOSPLIT, $0-1
	MOVL  $1, CX
	XGETBV
	TESTL $0x44, AX
	SETNE ret+0(FP)
	RET
