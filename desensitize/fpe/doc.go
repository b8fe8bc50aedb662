// Package fpe encrypts values into values of the same form (GB/T 37964-2019 A.3 保留格式加密, format-preserving encryption):
// FF1 of NIST SP 800-38G, and on top of it ciphers for resident ids, unified social credit codes, bank cards and mobile
// numbers whose results carry a valid check digit.
//
// A domain has at least 10^6 values, as SP 800-38G Rev. 1 demands; a smaller one is refused. Encryption under one key
// and tweak is deterministic: equal values stay equal, so frequencies and joins survive, and so do attacks by
// frequency. The standard approves FF1 for AES; with SM4 the same construction is used.
//
// It is not for secrecy where a longer result is acceptable (randomized encryption hides more), and keeps no keys.
package fpe
