// Package attacks runs the known attacks on query systems against Yumen and against a plain k-threshold as the weak
// baseline, and measures how often each succeeds. docs/attacks.md says what each one is and what was measured.
//
// It attacks through what it is given: functions that ask a system a question as an analyst would (Lab). It starts no
// enclave, opens no home and links no engine; the program yumen-bench wires it. It is no proof of safety: an attack
// that fails here shows that this attack fails, and theorems stand in docs/privacy.md.
package attacks
