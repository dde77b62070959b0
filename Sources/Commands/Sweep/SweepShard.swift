import CommandLine
import Tables

/// A share of a study's runs: the i-th of n, by the runs' names, so that it does not depend on what
/// else is run.
struct SweepShard {
  let index: Int
  let count: Int

  /// The whole.
  static let all = SweepShard(index: 1, count: 1)
  /// The most shares.
  static let mostShards = 100_000

  var isAll: Bool { count == 1 }

  /// What the share's pack is called.
  var name: String { isAll ? "all" : "\(index)-of-\(count)" }

  /// Whether a run is in the share: names are evenly spread.
  func has(_ run: String) -> Bool {
    isAll || Int(UInt64(run.prefix(12), radix: 16) ?? 0) % count == index - 1
  }

  /// The value of `--shard i/n`; the whole where it is not given.
  static func read(_ arguments: inout ArgumentReader) -> SweepShard {
    guard let text = arguments.string("--shard") else { return .all }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, index >= 1,
      index <= count, count <= mostShards
    else {
      arguments.fault(
        "expected I/N with 1 ≤ I ≤ N ≤ \(mostShards) after '--shard', found \"\(text)\"",
        hint: "--shard 1/4 to --shard 4/4 are the whole")
      return .all
    }
    return SweepShard(index: index, count: count)
  }
}
