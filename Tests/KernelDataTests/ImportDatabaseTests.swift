import SimBasics
import Tables
import TestSupport
import Testing

@testable import KernelData

/// A database of our own, packed: pages of 512 bytes, so that its tables are trees, a text runs over
/// several pages, and a comment holds a comma and parentheses.
enum ImportDatabase {
  static let packed =
    "H4sIAAAAAAACA+2YS2wTRxjHZ9Zxxk6YkBc4IYCHPIjTmBaB+qCNAGNMamIbYxua5EBYvIPj4F2H9TpNDq2SFtJyiEol"
    + "kFK1lahEpRxateqphx6QqlZU6qGHHqpKlZB6KIceQOqDPg7dmUAe5ksjpFZUqT+t/+uZ2d9q/9/MfFkneTSStTg7nTd1"
    + "1WK7kYIwRvsZQwg57U8NWoyKu597gdHq4USPprG4kYJ/EW2C/5j/Uo6HHE5FTCemtjrQNMI/o9fs00OKylcqHKhB1bTp"
    + "wfM9FWhmT4bres/pXF61/Kx8+idPdrbdbocDNReNYoFrTrkKfhSTUCP2Jr493yjHmgzabsu6Fluq622pcov9j3EO4RzW"
    + "yun5d2OqDhOP14unzlrqqRxPWmbWyIS1wsIXJZgIBVIhlgociITYQjfzVbEdO5jFx62Cn53hoxbLG2nOfGou11XFshoL"
    + "x1Kh3lCCxY6kWOxYJMLiiXA0kBhgfaEBv2DP8IkqNqbmipylQv2phQu75Pyj3cg+uld34BLy8mGFeAIBPO2VNoLH4qnw"
    + "UCCYCh8PpwaG+sKxg0N9oUQsFFl5xLHM6MrXMV/BUk3rPn9+xg0N6NX4WDbNw9BQwTK5qoND6bxp8pxqZfPG4ri4ma4a"
    + "mRzXYqrOAczkmWzB4mYhzs3UsH33JWzGzGr9y5sDy5uDi81TuXz6TH9Je6CkveR6OydWNp0cVk2uRbmeNyeWPPSEoeor"
    + "DabzBYsdDAXttRHxPe5nu7rk/Cv4FsK/2VKONR9EcWCHgqevOLHDrdQiOf/ofYTHbPnPF9BDFcTT3Y1fCsrKkwokekOp"
    + "oXDs0JGh3vixkqZrWY0pGWS+7JLdaogNLuqivbf0YL5oWEv3jD5atHhUHcmb9/dmjWW9YqMmVIsvdunq+HOqOSpqRFK/"
    + "1901RRyyhE41r1hCo6FoMD6w8kjlqiV0/rqSEmpXkwmLFxaeZP7v/w/IPsqxdsODXa4WjHEFPvK8wewN4CPOE59NTIrf"
    + "+aj8q+h/d8oa1l6fLXL/u5Ef4S/xLNbwTvQnuo4uoZN2132xy13ndLowVjB2uxX7cBB08+t3H9sv9T1KlU9YHE02InQN"
    + "7btzl3GBTHe/1E/JOsc5lixlCMh0jkr9llbbTKKUqQSZtlel3iZVNnO0lHGCjPeKUOaibshPBci0fCx0s5e4ID8OkPF8"
    + "JbTpCUogPwrINNwU2hgllZAfDDK1SKpGnYCfB5r/evD+iWGp35GN0DPVgUxsUupPdAOU41qQOTwrtK+aNEI5Xg8yhz4U"
    + "2ttKG6Ac14DMgetCg3tIPeSHgszeG0L3xWkd5GcdyDx9R+gzGVIL+akGmSdrpb5I10N+qkBmt0/qZVID+Hmg+W8B71+8"
    + "KHSshnqhZ9oEMmfnhJodZCuU42aQ0a8JNXroFijHTSCT/UboSJJshnLsARl+S+jpEdoC+dkIMqdcUqfIJsjPBpA5waTO"
    + "0mbITyPIDD4l9QPSBPlpAJnjcamfUw/g54Hmvx28/6ysfW/sIz7omdpA5pKsfZeP004ox60gc1HWvtd1sh3K8TaQmZG1"
    + "b+Yc7YByzEDmQpPUN0k75McLMud3Sv2ItkF+toLM1LNSvyCtkJ8tIPPCSak36DbIz2aQmRiX+ithgB8q//+7c3H+y/G3"
    + "scsH5nhOvs/MfU/80JrpBJmr8n3m6u+0G1oz20HminyfeaeOPAKtmQ6QeUu+z7zto13AmvkLdnFLLQAcAAA="

  /// The database's bytes.
  static func bytes() throws -> [UInt8] {
    try ByteStream(name: "x", bytes: archive).peek(1 << 20)
  }

  /// The packed database's bytes.
  static var archive: [UInt8] {
    var packed: [UInt8] = []
    var word: UInt32 = 0
    var bits = 0
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for byte in Self.packed.utf8 {
      guard let digit = alphabet.firstIndex(of: byte) else { continue }
      word = word << 6 | UInt32(digit)
      bits += 6
      if bits >= 8 {
        bits -= 8
        packed.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      }
    }
    return packed
  }
}

@Suite struct ImportDatabaseTests {
  @Test func readsKernelsNamesAndTheDevice() throws {
    let bytes = try ImportDatabase.bytes()
    let profile = try ProfileImport.read(bytes: bytes, name: "f")
    #expect(profile.format == .nsysDatabase)
    #expect(profile.rowsRead == 42)
    #expect(profile.rowsUsed == 40)
    #expect(profile.copies == (2, 104_096))
    let long = "gemm<" + String(repeating: "float, ", count: 120) + "int>(int)"
    #expect(profile.names == [long, "add"])
    #expect(profile.kernels.map { profile.name(of: $0) == long } == (0..<40).map { $0 % 4 == 0 })
    #expect(profile.kernels.map(\.durationNS) == (0..<40).map { 100 + $0 })
    #expect(profile.kernels[5].startNS == 1_000_000_005_000)
    #expect(profile.kernels[5].grid?.x == 81)
    #expect(profile.kernels[5].sharedMemoryBytes == 54_272)
    #expect(profile.stream(of: profile.kernels[5]) == "7")
    #expect(profile.device?.name == "Own GPU")
    #expect(profile.device?.smCount == 40)
    #expect(profile.device?.computeCapability == "7.5")
    #expect(profile.device?.clockMHz == 1590)
    #expect(try profile.selection(.automatic).iteration?.period == 4)
  }

  @Test func cutDatabasesAreNamed() throws {
    let bytes = try ImportDatabase.bytes()
    for end in [16, 400, 512, 1024, 3000, bytes.count - 512] {
      do {
        _ = try ProfileImport.read(bytes: Array(bytes[..<end]), name: "f")
        Issue.record("accepted \(end) bytes")
      } catch { #expect(error.kind == .badData) }
    }
  }

  @Test func mutatedDatabasesNeitherCrashNorHang() throws {
    let bytes = try ImportDatabase.bytes()
    var random = SeededGenerator(seed: 3)
    var accepted = 0
    let count = SharedFiles.isDeepRun ? 200_000 : 400
    for _ in 0..<count {
      var mutated = bytes
      for _ in 0...random.nextBelow(4) {
        mutated[16 + random.nextBelow(mutated.count - 16)] = UInt8(
          truncatingIfNeeded: random.next())
      }
      guard let profile = try? ProfileImport.read(bytes: mutated, name: "f") else { continue }
      #expect(profile.rowsRead == profile.rowsUsed + profile.leftOut.reduce(0) { $0 + $1.count })
      accepted += 1
    }
    #expect(accepted > 0)
    #expect(accepted < count)
  }
}
