import CommandLine
import Studies
import Tables

/// Many runs in one file, one behind the other: a line `run NAME BYTES`, then the record.
///
/// One process adds to it, each run by one write at its end. What a killed process wrote of its last
/// run is no whole record and is cut away when the pack is opened again.
final class RunPack {
  static let ending = ".pack"

  private let file: AppendedFile

  /// Opens a pack, or makes it, and cuts away what is not whole at its end.
  ///
  /// - Throws: `OutputError` where it cannot be written to; `InputError` where another process does.
  init(_ path: String) throws {
    file = try AppendedFile(path)
    if file.length > 0 { try file.cut(to: PackIndex(path).end) }
  }

  /// Adds a run.
  func add(_ record: RunRecord) throws {
    try file.append(PackIndex.heading(record.run, record.text.utf8.count) + record.text)
  }
}

/// Where the runs of a pack are.
struct PackIndex: Sendable {
  let path: String
  /// Where the last whole record ends, in bytes from the pack's start.
  let end: Int
  private let places: [String: (start: Int, count: Int)]

  /// How many runs there are.
  var count: Int { places.count }

  /// The longest line before a record.
  private static let longestHeading = 64

  static func heading(_ run: String, _ count: Int) -> String { "run \(run) \(count)\n" }

  /// Goes over a pack from heading to heading; the record at its end is read, those before it were
  /// whole when it was begun.
  ///
  /// - Throws: `badData` where it cannot be read, or is no pack.
  init(_ path: String) throws(InputError) {
    self.path = path
    let bytes = try FilePart(path)
    var (at, last) = (0, "")
    var places: [String: (start: Int, count: Int)] = [:]
    while at < bytes.count {
      let head = try bytes.read(at, Self.longestHeading)
      guard let (run, length, start) = Self.parse(head) else {
        // The heading itself is cut off, or something else stands here.
        if head.count == Self.longestHeading || !"run ".utf8.starts(with: head.prefix(4)) {
          throw InputError(
            file: path, message: "expected 'run NAME BYTES' at the byte \(at) of a pack of runs",
            hint: "remove the pack and start the sweep again: its runs are run anew")
        }
        break
      }
      guard at + start + length <= bytes.count else { break }
      places[run] = (at + start, length)
      (at, last) = (at + start + length, run)
    }
    if let place = places[last] {
      let text = String(decoding: try bytes.read(place.start, place.count), as: UTF8.self)
      if (try? RunRecord(text, run: last, file: path)) == nil {
        places[last] = nil
        at = place.start - Self.heading(last, place.count).utf8.count
      }
    }
    end = at
    self.places = places
  }

  /// Where a run's record is; nil where there is none.
  func place(of run: String) -> (start: Int, count: Int)? { places[run] }

  /// A run's record as text; nil where there is none.
  func text(of run: String) throws(InputError) -> String? {
    guard let place = places[run] else { return nil }
    return String(decoding: try FilePart(path).read(place.start, place.count), as: UTF8.self)
  }

  /// The heading's run and length, and how long it is itself.
  private static func parse(_ head: [UInt8]) -> (run: String, length: Int, start: Int)? {
    guard let end = head.firstIndex(of: 10) else { return nil }
    let words = String(decoding: head[..<end], as: UTF8.self).split(separator: " ")
    guard words.count == 3, words[0] == "run", let length = Int(words[2]), length >= 0 else {
      return nil
    }
    return (String(words[1]), length, end + 1)
  }
}
