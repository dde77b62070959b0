#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Texts that must not change unnoticed, kept under `Tests/Golden`.
///
/// With `RECORD_GOLDEN=1` in the environment they are written anew and the test fails once, so that
/// a recording never passes for a check.
public enum Golden {
  /// Compares a text with the recorded one; what differs, or nil where nothing does.
  public static func difference(_ name: String, _ text: String) -> String? {
    let path = SharedFiles.repositoryRoot + "/Tests/Golden/" + name
    if let flag = getenv("RECORD_GOLDEN"), flag[0] == 0x31 {
      guard let file = fopen(path, "w") else { return "\(path) cannot be written" }
      fputs(text, file)
      fclose(file)
      return "\(name) was recorded; run again without RECORD_GOLDEN"
    }
    let recorded = TemporaryFolder.text(of: path)
    if recorded.utf8.elementsEqual(text.utf8) { return nil }
    let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false)
    var report = "\(name) differs (RECORD_GOLDEN=1 writes it anew):"
    var shown = 0
    for i in 0..<max(old.count, new.count) where shown < 10 {
      let (was, now) = (i < old.count ? old[i] : "", i < new.count ? new[i] : "")
      if was == now, i < old.count, i < new.count { continue }
      report += "\n  \(i + 1) was: \(was)\n  \(i + 1) now: \(now)"
      shown += 1
    }
    return report
  }
}
