// Package gateway is where doors lie: protocols by which people come in, each in a package of its own. A door
// authenticates, translates, and calls package api; it cannot reach the route, the store, quarantine or an engine.
package gateway
