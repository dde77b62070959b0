import Tables
import Testing

@Suite struct SHA256Tests {
  /// The examples of FIPS 180-4's test vectors, and one long enough for many blocks.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownHashes(text: String, hash: String) {
    #expect(SHA256.hex(Array(text.utf8)) == hash)
  }

  /// 10^5 times "a"; the hash is that of the coreutils tool.
  @Test func manyBlocks() {
    #expect(
      SHA256.hex([UInt8](repeating: 97, count: 100_000))
        == "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee")
  }

  /// However the bytes come in pieces, the hash is the same.
  @Test(arguments: [1, 55, 56, 63, 64, 65, 129])
  func pieces(size: Int) {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var hash = SHA256()
    var at = 0
    while at < bytes.count {
      let piece = Array(bytes[at..<min(at + size, bytes.count)])
      piece.withUnsafeBytes { hash.update($0) }
      at += size
    }
    #expect(hash.finish() == SHA256.hex(bytes))
  }
}
