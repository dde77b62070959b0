#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether the long forms of tests are asked for, by `GPULOOM_DEEP=1`.
public enum DeepRun {
  /// Whether the variable is set to anything but 0.
  public static let isAsked: Bool = {
    guard let value = getenv("GPULOOM_DEEP") else { return false }
    return String(cString: value) != "0"
  }()
}
