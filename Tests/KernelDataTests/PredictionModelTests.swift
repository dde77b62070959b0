import SimBasics
import TestSupport
import Testing

@testable import KernelData

/// A plain GPU of 80 SMs for tests by hand.
func plainSheet(
  _ name: String = "test", power: Double = 1e6, dram: Double = 900
) -> GEMMDataSheet {
  GEMMDataSheet(
    name: name, aliases: ["\(name)-alias"], generation: 1, memory: .hbm, smCount: 80, clockGHz: 1,
    fp32PerCycle: 128, fp16PerCycle: 0, dramGBPerS: dram, l2MiB: 6, powerW: power, fp32PerJoule: 47,
    sources: [])
}

@Suite struct PredictionModelTests {
  let model = GEMMModel(sheet: plainSheet(), precision: .fp32)
  let values = GEMMConstants.prior(plainSheet(), .fp32).values

  func time(batch: Int, waves: Bool = true, k: Int = 2048) -> Double {
    // So much bandwidth that only the blocks count.
    GEMMModel(sheet: plainSheet(dram: 1e6), precision: .fp32, hasWaves: waves).microseconds(
      GEMMLaunch(
        shape: GEMMShape(m: 128, n: 128, k: k, batch: batch), layout: .batched,
        tile: GEMMTile(columns: 128, rows: 64), split: 1), values, (0.9, 10, 0.1))
  }

  @Test func aStepComesEveryFilledSM() {
    // Two blocks a problem, 80 SMs: a step every 40 problems, and nothing between.
    #expect(abs(time(batch: 41) - time(batch: 80)) < 1e-3 * time(batch: 80))
    #expect(time(batch: 81) > 1.3 * time(batch: 80))
    #expect(time(batch: 81, waves: false) < 1.05 * time(batch: 80, waves: false))
  }

  @Test func computeBoundTimeIsTheTilesOverTheRate() {
    // 4 blocks an SM of 128 x 64 x 2 x (2048 + 10) operations at 128 a ns and 90 %.
    let expected = 4.0 * 128 * 64 * 2 * 2058 / (128e3 * 0.9)
    #expect(abs((time(batch: 160) - values[0]) / expected - 1) < 0.02)
  }

  @Test func paddingCostsAWholeTile() {
    func at(_ m: Int) -> Double {
      model.microseconds(
        GEMMLaunch(
          shape: GEMMShape(m: m, n: 4096, k: 2048), layout: .weight,
          tile: GEMMTile(columns: 128, rows: 128), split: 1), values, (0.9, 10, 0.1))
    }
    #expect(at(1281) > 1.05 * at(1280))
  }

  @Test func thePowerLimitSlowsLongLaunchesOnly() {
    let weak = GEMMModel(sheet: plainSheet(power: 75), precision: .fp32)
    func ratio(_ k: Int) -> Double {
      let launch = GEMMLaunch(
        shape: GEMMShape(m: 1280, n: 1024, k: k), layout: .batched,
        tile: GEMMTile(columns: 128, rows: 64), split: 1)
      return weak.microseconds(launch, values, (0.9, 10, 1))
        / model.microseconds(launch, values, (0.9, 10, 1))
    }
    #expect(ratio(64) < 1.1)
    #expect(ratio(4_000_000) > 2)
  }

  @Test(arguments: [
    ("volta_sgemm_128x64_tn", "128x64"), ("maxwell_sgemm_32x128_tn", "32x128"),
    ("ampere_sgemm_64x32_sliced1x4_tn", "64x32_sliced"),
    ("sm80_xmma_gemm_f32f32_f32f32_f32_tn_n_tilesize128x128x8_stage3", "128x128"),
    ("void cutlass::Kernel<cutlass_80_simt_sgemm_256x128_8x4_nn_align1>", "256x128"),
    ("ampere_fp16_s16816gemm_fp16_64x64_ldg8_f2f_stages_64x5_tn", "64x64"),
    ("elementwise_kernel", "-"), ("gemm_1x4", "-"), ("", "-"), ("gemm_99999999999999x8", "-"),
  ])
  func tilesAreReadFromNames(name: String, tile: String) {
    #expect(GEMMTile(kernelName: name)?.description ?? "-" == tile)
  }

  @Test func equalShapesNeverStandOnBothSides() {
    var fitted = 0
    for m in 1...40 {
      for k in 1...50 where GEMMShape(m: m * 7, n: 33, k: k * 3).isFitted { fitted += 1 }
    }
    #expect((900...1100).contains(fitted))
    // The split is part of the shipped constants' meaning: it may not move.
    #expect(GEMMShape(m: 4096, n: 1024, k: 1024).isFitted == false)
    let bits = (1...16).map { GEMMShape(m: $0, n: 64, k: 64).isFitted ? "1" : "0" }
    #expect(bits.joined() == "1111111010111010")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func aFitFindsTheConstantsThatMadeTheRows(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var truth = GEMMConstants.prior(plainSheet(), .fp32)
    truth.values[GEMMConstants.Key.floor] = 60
    truth.values[GEMMConstants.Key.unaligned] = 0.2
    truth.families = [GEMMConstants.priorFamily(.batched, GEMMTile(columns: 128, rows: 64))]
    truth.families[0].efficiency = 0.7
    truth.families[0].startupDepth = 60
    truth.families[0].rows = 1
    let made = GEMMPredictor(sheet: plainSheet(), constants: truth)
    let rows = (0..<150).map { _ -> GEMMObservation in
      let shape = GEMMShape(
        m: Int(random.next() % 900) + 8, n: Int(random.next() % 900) + 8,
        k: Int(random.next() % 900) + 16, batch: Int(random.next() % 200) + 1)
      let launch = GEMMLaunch(
        shape: shape, layout: .batched, tile: GEMMTile(columns: 128, rows: 64), split: 1)
      return GEMMObservation(
        launch: launch, isKernelKnown: true, logTime: PortableMath.log(made.microseconds(launch)),
        weight: 10)
    }
    let found = GEMMFit(model: model, prior: GEMMConstants.prior(plainSheet(), .fp32)).fitted(rows)
    let predictor = GEMMPredictor(sheet: plainSheet(), constants: found)
    let worst = rows.map {
      abs(PortableMath.log(predictor.microseconds($0.launch)) - $0.logTime)
    }.max()
    #expect(worst ?? 1 < 0.02, "seed \(seed)")
    #expect(abs(found.values[GEMMConstants.Key.floor] - 60) < 3, "seed \(seed)")
    #expect(abs(found.values[GEMMConstants.Key.unaligned] - 0.2) < 0.02, "seed \(seed)")
  }

  @Test func onlyReductionsOfWholeStepsAreFree() {
    var constants = GEMMConstants.prior(plainSheet(), .fp32)
    constants.values[GEMMConstants.Key.unaligned] = 0.2
    constants.families = [GEMMConstants.priorFamily(.batched, GEMMTile(columns: 128, rows: 64))]
    let predictor = GEMMPredictor(sheet: plainSheet(), constants: constants)
    func time(_ m: Int, _ n: Int, _ k: Int) -> Double {
      predictor.microseconds(
        GEMMLaunch(
          shape: GEMMShape(m: m, n: n, k: k, batch: 64), layout: .batched,
          tile: GEMMTile(columns: 128, rows: 64), split: 1))
    }
    let whole = time(1024, 1024, 1024)
    #expect(time(1024, 1024, 1023) / whole > 1.15 && time(1024, 1024, 1025) / whole > 1.15)
    #expect(abs(time(1024, 1024, 1032) / whole - 1) < 0.02)
    // Of m and n only the tiles count.
    #expect(time(1023, 1023, 1024) <= whole)
  }

  @Test func anUnknownKernelIsTheFastestKnownOne() throws {
    var constants = GEMMConstants.prior(plainSheet(), .fp32)
    for (columns, rows, efficiency) in [(128, 128, 0.95), (64, 64, 0.7)] {
      var family = GEMMConstants.priorFamily(
        .weight, GEMMTile(columns: columns, rows: rows))
      family.efficiency = efficiency
      family.rows = 10
      constants.families.append(family)
    }
    let chooser = KernelChooser(model: model, constants: constants)
    let large = try #require(chooser.best(GEMMShape(m: 8192, n: 8192, k: 1024), .weight))
    #expect(large.launch.tile.columns == 128)
    let small = try #require(chooser.best(GEMMShape(m: 64, n: 64, k: 8192), .weight))
    #expect(small.launch.tile.columns == 64)
    #expect(small.launch.split > 1)
    #expect(chooser.best(GEMMShape(m: 64, n: 64, k: 64), .batched) != nil)
  }

  @Test func transferWeighsLikeGPUsMore() {
    var near = plainSheet("near")
    near.generation = 2
    near.smCount = 79
    var far = plainSheet("far")
    far.generation = 5
    far.memory = .gddr
    func donor(_ sheet: GEMMDataSheet, _ floor: Double) -> ConstantTransfer.Donor {
      var constants = GEMMConstants.prior(sheet, .fp32)
      constants.values[GEMMConstants.Key.floor] = floor
      return (sheet, constants)
    }
    var target = plainSheet("target")
    target.generation = 2
    let got = ConstantTransfer.constants(
      for: target, .fp32, from: [donor(near, 10), donor(far, 90)])
    #expect(got.values[GEMMConstants.Key.floor] > 10)
    #expect(got.values[GEMMConstants.Key.floor] < 11)
    #expect(got.source.contains("near, far"))
    // A board with the same chip is all that counts.
    near.l2MiB = 7
    let other = ConstantTransfer.constants(
      for: target, .fp32,
      from: [donor(near, 10), donor(plainSheet("same"), 44)].map { donor in
        var copy = donor
        if copy.sheet.name == "same" { copy.sheet.generation = 2 }
        return copy
      })
    #expect(abs(other.values[GEMMConstants.Key.floor] - 44) < 1e-9)
  }
}
