package sandbox

// Names of the layers, as they stand in reports.
const (
	layerNamespaces = "namespaces"
	layerRoot       = "private-root"
	layerRlimits    = "rlimits"
	layerDump       = "not-dumpable"
	layerCaps       = "capabilities"
	layerPrivs      = "no-new-privs"
	layerLandlock   = "landlock"
	layerSeccomp    = "seccomp"
)

// requiredLayers make up level full.
var requiredLayers = []string{layerNamespaces, layerRoot, layerRlimits, layerDump, layerCaps, layerPrivs, layerLandlock,
	layerSeccomp}
