#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One run of the built command line, as a user's shell would start it.
public struct CommandLineRun: Sendable {
  /// What it wrote to standard output.
  public var output: String
  /// What it wrote to standard error.
  public var error: String
  /// The exit code; 128 and the signal's number where a signal ended it.
  public var status: Int32

  /// The built tool.
  public static let program: String = built("gpuloom")

  /// A built program: it stands beside the tests' own.
  public static func built(_ name: String) -> String {
    let folder = SharedFiles.repositoryRoot + "/.build/debug/" + name
    guard let own = realpath("/proc/self/exe", nil) else { return folder }
    defer { free(own) }
    let text = String(cString: own)
    guard let cut = text.lastIndex(of: "/") else { return folder }
    let beside = text[...cut] + name
    return access(String(beside), X_OK) == 0 ? String(beside) : folder
  }

  /// Runs the program to its end; after `limit` seconds it is killed (status 137).
  ///
  /// The environment is fixed: what the tester has set reaches no golden file.
  public init(
    _ arguments: [String], in folder: String, program: String = Self.program,
    standardOutput: String? = nil, environment: [String] = [], limit: Double = 60
  ) {
    // The folder is entered by a shell: changing it in a spawn is not in every C library.
    let script = ["-c", "cd \"$0\" && exec \"$@\"", folder, program]
    self.init(
      shellWords: script + arguments, standardOutput: standardOutput, environment: environment,
      limit: limit)
  }

  /// Runs a line of shell in a folder.
  init(shell line: String, in folder: String, limit: Double = 60) {
    self.init(
      shellWords: ["-c", "cd \"$0\" || exit 99\n" + line, folder], standardOutput: nil,
      environment: [], limit: limit)
  }

  private init(
    shellWords: [String], standardOutput: String?, environment: [String], limit: Double
  ) {
    let scratch = TemporaryFolder()
    let outputPath = standardOutput ?? scratch.path + "/output"
    let errorPath = scratch.path + "/error"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // Threads of the test runner block signals, which a child would inherit; and a group of its own
    // lets everything the shell started be ended together.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))
    let words = ["/bin/sh"] + shellWords
    let variables =
      ["PATH=/usr/bin:/bin", "GPULOOM_HOME=" + SharedFiles.repositoryRoot] + environment
    var process: pid_t = 0
    let started = Self.withCStrings(words) { words in
      Self.withCStrings(variables) { variables in
        posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
      }
    }
    guard started == 0 else {
      (output, error, status) = ("", "the program could not be started: \(started)", -1)
      return
    }
    status = Self.wait(for: process, limit: limit)
    output = standardOutput == nil ? TemporaryFolder.text(of: outputPath) : ""
    error = TemporaryFolder.text(of: errorPath)
  }

  private static func wait(for process: pid_t, limit: Double) -> Int32 {
    var status: Int32 = 0
    let start = ContinuousClock.now
    while waitpid(process, &status, WNOHANG) == 0 {
      usleep(2_000)
      if ContinuousClock.now - start > .seconds(limit) {
        kill(-process, SIGKILL)
        waitpid(process, &status, 0)
        break
      }
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a list is never empty") }
      return body(base)
    }
  }
}

/// A folder of a test's own that is gone after it.
public final class TemporaryFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// Makes a new folder.
  public init() {
    let pattern = Array("/tmp/gpuloom-test-XXXXXX".utf8CString)
    path = pattern.withUnsafeBufferPointer { pattern in
      var copy = Array(pattern)
      return copy.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress, let made = mkdtemp(base) else { return "/nonexistent" }
        return String(cString: made)
      }
    }
  }

  deinit { Self.remove(path) }

  /// Writes a file of the folder; subfolders are made.
  public func write(_ name: String, _ text: String) { write(name, bytes: Array(text.utf8)) }

  /// Writes a file of the folder; subfolders are made.
  public func write(_ name: String, bytes: [UInt8]) {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/" + part
      mkdir(folder, 0o700)
    }
    guard let file = fopen(path + "/" + name, "w") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  /// A file of the folder as text; empty where there is none.
  public func text(_ name: String) -> String { Self.text(of: path + "/" + name) }

  /// The names in the folder or a folder below it, sorted, hidden ones too.
  public func names(_ folder: String = "") -> [String] {
    guard let directory = opendir(path + "/" + folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A file's text; empty where there is none.
  public static func text(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { chunk in
      while case let count = fread(chunk.baseAddress, 1, chunk.count, file), count > 0 {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(directory)
    }
    rmdir(path)
  }
}
