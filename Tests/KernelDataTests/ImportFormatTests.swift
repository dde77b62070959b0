import Tables
import Testing

@testable import KernelData

/// Reads a text as a file.
func imported(
  _ text: String, _ options: ProfileImportOptions = ProfileImportOptions()
) throws -> ImportedProfile {
  let profile = try ProfileImport.read(bytes: Array(text.utf8), name: "f", options: options)
  #expect(profile.rowsRead == profile.rowsUsed + profile.leftOut.reduce(0) { $0 + $1.count })
  return profile
}

/// A kernel in words: name, grid, block, registers, shared memory, start, duration, stream.
private func words(_ profile: ImportedProfile) -> [String] {
  profile.kernels.map { k in
    let grid = k.grid.map { "\($0.x)x\($0.y)x\($0.z)" } ?? "-"
    let block = k.block.map { "\($0.x)x\($0.y)x\($0.z)" } ?? "-"
    func show(_ value: Int?) -> String { value.map { "\($0)" } ?? "-" }
    let start = k.startNS.map { "\($0)" } ?? "-"
    return "\(profile.name(of: k)) \(grid) \(block) \(show(k.registersPerThread)) "
      + "\(show(k.sharedMemoryBytes)) \(start) \(k.durationNS ?? -1) \(profile.stream(of: k))"
  }
}

private func leftOut(_ profile: ImportedProfile) -> [String] {
  profile.leftOut.map { "\($0.count) \($0.reason.rawValue)" }
}

@Suite struct ImportFormatTests {
  @Test func nsys() throws {
    let profile = try imported(ImportSamples.nsys)
    #expect(profile.format == .nsys)
    #expect(
      words(profile) == [
        "void f<int, float>(int, \"q\") 80x2x1 128x1x1 32 1536 10500 1500 7",
        "g 1x1x1 64x1x1 16 0 14000 2500 13",
      ])
    #expect(leftOut(profile) == ["1 copy or memset"])
    #expect(profile.copies.bytes == 2_000_000)
    #expect(profile.device?.id == "Tesla X (0)")
    #expect(profile.order == "launch")
    #expect(profile.warnings.isEmpty)
  }

  @Test func nsysOfOldAndInMegabytes() throws {
    let old = try imported(ImportSamples.nsysLegacy)
    #expect(words(old) == ["old 4x1x1 32x1x1 20 0 1500 700 7"])
    let text = ImportSamples.nsys.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\r\n").replacing("(byte)", with: "(MB)")
      .replacing("1024,512", with: "0.005,0.000")
    let rounded = try imported(text)
    #expect(rounded.kernels.first?.sharedMemoryBytes == 5000)
    #expect(rounded.warnings.first?.message.contains("500 bytes only") == true)
  }

  @Test func ncuDetails() throws {
    let profile = try imported(ImportSamples.ncuDetails)
    #expect(words(profile) == ["k(int, int) 1024x2x1 256x1x1 32 1020 - 1021500 7"])
    #expect(leftOut(profile) == ["1 profiler message", "1 profiler's advice"])
    #expect(profile.rowsUsed == 6)
    #expect(profile.device?.smCount == 40)
    #expect(profile.device?.computeCapability == "7.5")
    #expect(profile.demands.first?.dramFraction == 0.6184)
    #expect(profile.demands.first?.computeFraction == 0.125)
  }

  @Test func ncuDetailsOfAnotherRegion() throws {
    let text = ImportSamples.ncuDetails.replacing("1,021.50", with: "1.021,50")
      .replacing("61.84", with: "61,84").replacing("12.5", with: "12,5")
      .replacing("\"1.02\"", with: "\"1,02\"")
    let profile = try imported(text)
    #expect(profile.kernels.first?.durationNS == 1_021_500)
    let mixed = ImportSamples.ncuDetails.replacing("61.84", with: "61,84")
    let message = importError(mixed)
    #expect(message?.contains("both as 1,234.5 and as 1.234,5") == true, "\(message ?? "")")
  }

  @Test func ncuRaw() throws {
    let profile = try imported(ImportSamples.ncuRaw)
    #expect(
      words(profile) == [
        "gemm 64x1x1 128x1x1 64 - - 12346 7", "relu 9x1x1 256x1x1 16 - - 2500 7",
      ])
    #expect(leftOut(profile) == ["1 units row"])
    #expect(profile.demands.map(\.flop) == [2030, 0])
    #expect(profile.demands.map(\.dramBytes) == [1_500_000, 250_000])
  }

  @Test func kineto() throws {
    let profile = try imported(ImportSamples.kineto)
    #expect(
      words(profile) == [
        "first 1x1x1 32x1x1 32 0 1695835573023600000 3000 7",
        "second 64x2x1 128x1x1 16 49152 1695835573023613500 6881 20",
      ])
    #expect(
      leftOut(profile) == [
        "1 copy or memset", "1 host event", "1 flow or instant event", "1 metadata",
      ])
    #expect(profile.device?.name == "GPU A")
    #expect(profile.device?.smCount == 108)
    #expect(profile.device?.computeCapability == "8.0")
    #expect(profile.copies.bytes == 4096)
    #expect(profile.order == "launch")
  }

  @Test func kinetoOfOtherShapes() throws {
    let bare = try imported(ImportSamples.kinetoBare)
    #expect(words(bare) == ["amd - - - - 10000 2500 0"])
    #expect(bare.warnings.first?.message.contains("no grid and block") == true)
    let rows = try imported(ImportSamples.kinetoRows)
    #expect(words(rows) == ["f<a, b> 4x106x1 128x1x1 30 0 0 4928 7"])
    #expect(rows.copies.bytes == 256)
  }

  @Test func nvprof() throws {
    let profile = try imported(ImportSamples.nvprof)
    #expect(
      words(profile) == ["add(int, float*) 1600x1x1 256x1x1 8 2052 515852619 57791 13"])
    #expect(leftOut(profile) == ["1 copy or memset", "1 units row"])
    #expect(profile.copies.bytes == 1_638_400)
  }

  @Test func trtexec() throws {
    let alone = try imported(ImportSamples.trtexec)
    #expect(words(alone) == ["conv1 + relu - - - - - 522240 ", "pool - - - - - 50000 "])
    #expect(leftOut(alone) == ["1 layer without time", "1 summary entry"])
    try withFile(ImportSamples.trtexecGraph) { path in
      var options = ProfileImportOptions()
      options.companions = [path]
      let joined = try imported(ImportSamples.trtexec, options)
      #expect(joined.name(of: joined.kernels[0]) == "scudnn_128x64")
      // 64 outputs of 4 channels, 27 weights each; 192 and 256 elements, 108 weights.
      #expect(joined.demands[0].flop == 13_824)
      #expect(joined.demands[0].dramBytes == 1712)
    }
  }

  @Test func rocprof() throws {
    let first = try imported(ImportSamples.rocprof)
    #expect(words(first) == ["copy(double*, int) 4x1x1 256x1x1 8 512 100 250 0"])
    let third = try imported(ImportSamples.rocprof3)
    #expect(words(third) == ["Cijk_Ailk 4x3x2 16x4x1 24 0 200 60 1"])
    #expect(leftOut(third) == ["1 not a kernel"])
    #expect(third.device?.id == "Agent 7")
  }

  @Test func orion() throws {
    let profile = try imported(ImportSamples.orion)
    #expect(
      words(profile) == [
        "Conv 98x1x1 1024x1x1 64 0 - 100480 ",
        "singleread<float, (int)512, (bool)1> 64x1x1 1024x1x1 64 0 - 40480 ",
        "loss 1x1x1 1024x1x1 64 0 - 3296 ",
      ])
    #expect(profile.demands.map(\.computeFraction) == [0.8, 0.1, 0.5])
  }

  @Test func reef() throws {
    try withFile(ImportSamples.reefProfile) { path in
      var options = ProfileImportOptions()
      options.companions = [path]
      let profile = try imported(ImportSamples.reefModel, options)
      #expect(
        words(profile) == [
          "conv 4x28x1 7x4x16 - 14596 - 62000 ", "add 256x1x1 256x1x1 - 0 - 14000 ",
          "conv 4x28x1 7x4x16 - 14596 - 62000 ",
        ])
      #expect(profile.warnings.first?.message.hasPrefix("1 kernels of the profile") == true)
    }
  }

  @Test func neusight() throws {
    let profile = try imported(ImportSamples.neusight)
    #expect(
      words(profile) == ["sgemm<a, b> 16x8x2 128x1x1 - - - 239000 ", "bmm - - - - - 50000 "])
    // 2 · 64 · 100 · 32, and twice 2 · 8 · 8 · 8.
    #expect(profile.demands.map(\.flop) == [409_600, 2048])
    let graph = try imported(ImportSamples.neusightGraph)
    #expect(words(graph) == ["encoder_query - - - - - 500000 "])
    #expect(leftOut(graph) == ["2 not a kernel", "1 layer without time"])
  }

  @Test func vidur() throws {
    let profile = try imported(ImportSamples.vidur)
    #expect(profile.rowsUsed == 2)
    #expect(leftOut(profile) == ["1 repeated batch"])
    #expect(profile.kernels.map(\.durationNS) == [1_911_000, 3_365_500, 600_000, 1_100_000])
    #expect(profile.demands.map(\.batch) == [4096, 4096, 1024, 1024])
    // 2 · 4096 · 4096 · (3 · 4096), and 2 · 4096 · 4096 · (2 · 11008).
    #expect(profile.demands[0].flop == 412_316_860_416)
    #expect(profile.demands[1].flop == 738_734_374_912)
  }

  /// All that a format needs: its columns, and a line in the catalogue.
  @Test func aFormatIsAdded() throws {
    let mine = TableFormat(
      ProfileFormat("mine", title: "a table of mine"),
      columns: [
        .required("op", as: .name), .required("took", as: .duration(.written)),
        .optional("lds", as: .sharedMemory),
      ])
    let input = ByteStream(name: "f", bytes: Array("LDS [KiB],took (us),op\n2,1.5,k\n".utf8))
    let profile = try ProfileImport.read(
      input, ProfileImportOptions(), formats: ProfileFormat.catalogue + [mine])
    #expect(profile.format == mine.format)
    #expect(words(profile) == ["k - - - 2048 - 1500 "])
  }

  @Test func gemmRows() throws {
    let profile = try imported(ImportSamples.gemmRows)
    #expect(words(profile) == ["maxwell_sgemm_128x32_tn 1x9x2 256x1x1 - - - 61419 "])
    #expect(profile.demands[0].flop == 8_930_376)
  }
}
