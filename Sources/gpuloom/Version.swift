/// What `--version` prints and manifests record.
enum Version {
  /// The release, by semantic versioning; the file formats and commands are stable within a major.
  static let text = "1.0.0"
}
