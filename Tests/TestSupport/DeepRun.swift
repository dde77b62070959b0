#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension SharedFiles {
  /// Whether `GPULOOM_DEEP=1` asks for the long versions of the tests.
  public static let isDeepRun: Bool =
    getenv("GPULOOM_DEEP").map { String(cString: $0) == "1" } ?? false
}
