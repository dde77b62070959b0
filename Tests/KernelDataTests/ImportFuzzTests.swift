import Hardware
import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

@Suite struct ImportFuzzTests {
  /// What a mutation may put in: signs that mean something to some reader, and extremes.
  private static let tokens: [String] = [
    "\"", ",", "\n", "\r\n", "{", "}", "[", "]", ":", "-", "0", "9223372036854775807", "1e308",
    "-1", "1e-400", "99999999999999999999", ".", "e", "\0", "==", "\\u12", "\\", "null", "\t", "µ",
    "(", ")", "4294967296", "[[[[[[[[", "\"\"", "#", "NaN",
  ]

  /// Cuts, doubles, swaps and replaces pieces of a file.
  private static func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var result = bytes
    for _ in 0...random.nextBelow(5) where !result.isEmpty {
      let at = random.nextBelow(result.count)
      let length = min(1 + random.nextBelow(24), result.count - at)
      switch random.nextBelow(7) {
      case 0: result[at] = UInt8(truncatingIfNeeded: random.next())
      case 1: result.removeSubrange(at..<(at + length))
      case 2: result.insert(contentsOf: result[at..<(at + length)], at: at)
      case 3: result.insert(contentsOf: tokens[random.nextBelow(tokens.count)].utf8, at: at)
      case 4:
        let token = Array(tokens[random.nextBelow(tokens.count)].utf8)
        result.replaceSubrange(at..<(at + min(length, 4)), with: token)
      case 5: result.removeLast(result.count - at)
      default: result.swapAt(at, random.nextBelow(result.count))
      }
    }
    return result
  }

  /// Reads a mutated file and does all that may follow; returns whether it was accepted.
  private static func exercise(_ bytes: [UInt8], _ options: ProfileImportOptions) -> Bool {
    do {
      let profile = try ProfileImport.read(bytes: bytes, name: "f", options: options)
      let leftOut = profile.leftOut.reduce(0) { $0 + $1.count }
      #expect(profile.rowsRead == profile.rowsUsed + leftOut)
      var table = ProfileTableOptions()
      table.assumedSMs = 80
      let made = try profile.selection(.automatic).kernelTable(table)
      // What was accepted must be a table that its own reader accepts.
      let read = try KernelTable.read(text: made.csvText, file: "table")
      #expect(read.batches.map(\.launches) == made.batches.map(\.launches))
      return true
    } catch {
      #expect(!error.diagnostics.isEmpty)
      #expect(error.diagnostics.first?.file == "f", "\(error)")
      return false
    }
  }

  @Test(arguments: ImportSamples.all.map(\.name))
  func mutatedFilesNeitherCrashNorHang(name: String) throws {
    let sample = ImportSamples.all.first { $0.name == name }
    let bytes = Array(try #require(sample).text.utf8)
    var random = SeededGenerator(seed: 1, stream: name)
    var accepted = 0
    var lenient = ProfileImportOptions()
    lenient.isLenient = true
    let count = SharedFiles.isDeepRun ? 200_000 : 400
    for i in 0..<count {
      let mutated = Self.mutate(bytes, &random)
      let options = i % 4 == 0 ? lenient : ProfileImportOptions()
      if Self.exercise(mutated, options) { accepted += 1 }
    }
    // Mutations must reach the readers: some change nothing that matters, most are refused.
    #expect(accepted > 0)
    #expect(accepted < count)
  }

  @Test(arguments: [true, false])
  func mutatedCompanionsNeitherCrashNorHang(isReef: Bool) throws {
    let first = isReef ? ImportSamples.reefModel : ImportSamples.trtexec
    let second = isReef ? ImportSamples.reefProfile : ImportSamples.trtexecGraph
    var random = SeededGenerator(seed: 2, stream: isReef ? "reef" : "trtexec")
    var accepted = 0
    let count = SharedFiles.isDeepRun ? 200_000 : 400
    for i in 0..<count {
      let a = i % 2 == 0 ? Self.mutate(Array(first.utf8), &random) : Array(first.utf8)
      let b = i % 2 == 1 ? Self.mutate(Array(second.utf8), &random) : Array(second.utf8)
      do {
        let documents = try JSONDocuments(
          [ByteStream(name: "a", bytes: a), ByteStream(name: "b", bytes: b)])
        let profile = try documents.profile(ProfileImportOptions())
        #expect(profile.rowsRead == profile.rowsUsed + profile.leftOut.reduce(0) { $0 + $1.count })
        accepted += 1
      } catch { #expect("\(error)".contains("error:")) }
    }
    #expect(accepted > 0)
    #expect(accepted < count)
  }
}
