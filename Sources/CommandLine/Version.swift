/// What `--version` prints and manifests record.
package enum Version {
  /// The release, by semantic versioning; the file formats and commands are stable within a major.
  package static let text = "1.0.0"
}
