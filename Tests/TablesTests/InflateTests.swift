import SimBasics
import TestSupport
import Testing

@testable import Tables

/// gzip files made elsewhere, as base64.
private enum Gzip {
  /// "kernel,0\nkernel,1\nkernel,4\n…" with 40 squares, one block with codes of its own.
  static let squares =
    "H4sIAAAAAAACA02QPQ5DIQyD956lAwlJgAO96VUdev+hlSr8sVnG+Cf39Xlfr2d73H9gG8QGS0+1kedGXVxIV/o65WaN"
    + "BIeNwJycRRBJnrBT2u5BFbqTFgE7pU2XQw75FmkFO9AOHCa+i7RVx2KqWaOxGUPs2GfObOvHNeI4Uv5u9wXtK17CsgEA"
    + "AA=="
  /// "abcabcabcabcabcabc hello hello", one block of the fixed code.
  static let fixed = "H4sIAAAAAAACA0tMSk5ERQoZqTk5+RASAI7ckRseAAAA"

  static func bytes(_ base64: String) -> [UInt8] {
    var result: [UInt8] = []
    var word: UInt32 = 0
    var bits = 0
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in base64.utf8 {
      guard let digit = alphabet.firstIndex(of: byte) else { continue }
      word = word << 6 | UInt32(digit)
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      }
    }
    return result
  }

  static func unpack(_ file: [UInt8], chunk: Int = 1000) throws -> [UInt8] {
    let input = ByteStream(name: "x.gz", bytes: file)
    var result: [UInt8] = []
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 1)
    defer { target.deallocate() }
    while true {
      let n = try input.read(into: target)
      if n == 0 { return result }
      result.append(contentsOf: target[..<n])
    }
  }

  static func message(_ file: [UInt8]) -> String? {
    do {
      _ = try unpack(file)
      return nil
    } catch { return "\(error)" }
  }
}

@Suite struct InflateTests {
  @Test func unpacksCodedBlocks() throws {
    let squares = (0..<40).map { "kernel,\($0 * $0)\n" }.joined()
    #expect(try Gzip.unpack(Gzip.bytes(Gzip.squares)) == Array(squares.utf8))
    let text = "abcabcabcabcabcabc hello hello"
    #expect(try Gzip.unpack(Gzip.bytes(Gzip.fixed)) == Array(text.utf8))
  }

  @Test(arguments: [1, 7, 4096, 65535])
  func unpacksStoredBlocksBeyondTheWindow(blockSize: Int) throws {
    var random = SeededGenerator(seed: UInt64(blockSize))
    let count = blockSize == 1 ? 3000 : 400_000
    let content = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    #expect(try Gzip.unpack(GzipFile.stored(content, blockSize: blockSize)) == content)
  }

  @Test func membersFollowOneAnotherAndZerosPad() throws {
    let members = Gzip.bytes(Gzip.fixed) + GzipFile.stored([1, 2, 3], blockSize: 2)
    let text = Array("abcabcabcabcabcabc hello hello".utf8)
    #expect(try Gzip.unpack(members) == text + [1, 2, 3])
    #expect(try Gzip.unpack(members + [0, 0, 0, 0, 0]) == text + [1, 2, 3])
    #expect(Gzip.message(members + [7])?.contains("followed by other data") == true)
  }

  @Test func plainFilesPassThrough() throws {
    #expect(try Gzip.unpack(Array("plain".utf8)) == Array("plain".utf8))
    #expect(try Gzip.unpack([]) == [])
  }

  @Test func aCutAtAnyByteIsNamed() {
    for base64 in [Gzip.squares, Gzip.fixed] {
      let file = Gzip.bytes(base64)
      for end in 2..<file.count {
        let message = Gzip.message(Array(file[..<end]))
        #expect(message?.contains("the gzip data ends early") == true, "cut at \(end)")
      }
    }
  }

  @Test func aFlippedBitIsNamedOrChangesNothing() throws {
    let file = Gzip.bytes(Gzip.squares)
    let content = try Gzip.unpack(file)
    var named = 0
    for i in 10..<file.count {
      for bit in 0..<8 {
        var damaged = file
        damaged[i] ^= 1 << UInt8(bit)
        guard let result = try? Gzip.unpack(damaged) else {
          named += 1
          continue
        }
        // A match further back may hold the same bytes, and the last block's end is padded.
        #expect(result == content, "byte \(i) bit \(bit)")
      }
    }
    #expect(named > (file.count - 10) * 8 - 20)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func noiseNeitherCrashesNorHangs(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var accepted = 0
    for _ in 0..<1000 {
      var file = Gzip.bytes(Gzip.squares)
      for _ in 0...random.nextBelow(6) {
        file[10 + random.nextBelow(file.count - 10)] = UInt8(truncatingIfNeeded: random.next())
      }
      if Gzip.message(file) == nil { accepted += 1 }
    }
    // A byte drawn equal to the one that was there changes nothing.
    #expect(accepted < 30)
  }

  @Test func missingFilesAndFoldersAreNamed() {
    do {
      _ = try ByteStream(path: "/nonexistent/file")
      Issue.record("opened what is not there")
    } catch {
      #expect(error.kind == .missingFile)
      #expect(error.description == "/nonexistent/file: error: no such file")
    }
    do {
      _ = try ByteStream(path: "/")
      Issue.record("opened a directory")
    } catch {
      #expect(error.kind == .badData)
      #expect(error.description.contains("found a directory"))
    }
  }
}
