import SimBasics
import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// Sweeps that something ends or damages: nothing finished is lost, nothing half-written is read.
@Suite("Sweeps that are cut short")
struct SweepDamageTests: SweepScene {
  let folder = SweepDamageTests.makeFolder()

  @Test("a damaged run is told and run again")
  func damagedRun() {
    #expect(run("sweep s.json --out o").status == 0)
    let name = folder.names("o/runs")[3]
    let (text, results) = (folder.text("o/runs/" + name), folder.text("o/study.csv"))
    for damage in ["", String(text.dropLast(30)), text.replacing(",e,", with: ",f,")] {
      folder.write("o/runs/" + name, damage)
      let again = run("sweep s.json --out o")
      #expect(again.status == 0, "\(again.error)")
      if damage != text {
        #expect(again.error.contains("o/runs/\(name): warning: "), "\(again.error)")
      }
      #expect(folder.text("o/runs/" + name) == text && folder.text("o/study.csv") == results)
    }
    // A share looks at its own runs too.
    folder.write("o/runs/" + name, "")
    for i in 1...2 { #expect(run("sweep s.json --out o --shard \(i)/2").status == 0) }
    #expect(folder.text("o/runs/" + name) == text)
  }

  @Test("a pack that was cut off anywhere loses the run that was being written, no other")
  func tornPack() {
    #expect(run("sweep s.json --out o --packed").status == 0)
    let (pack, results) = (folder.text("o/runs/all.pack"), folder.text("o/study.csv"))
    #expect(folder.names("o/runs") == ["all.pack"])
    let count = pack.utf8.count
    for cut in [count - 1, count - 700, count / 2, count / 3, 40, 3, 0] {
      folder.write("o/runs/all.pack", bytes: Array(pack.utf8.prefix(cut)))
      let whole = pack.utf8.prefix(cut).split(separator: 10).count { $0.starts(with: "run ".utf8) }
      let again = run("sweep s.json --out o --packed")
      #expect(again.status == 0 && news(again).isEmpty, "\(cut): \(again.error)")
      #expect(folder.text("o/study.csv") == results, "\(cut)")
      let now = folder.text("o/runs/all.pack")
      #expect(now.utf8.count == count, "\(cut)")
      // Runs before the cut were kept where they were.
      let kept = now.utf8.split(separator: 10).count { $0.starts(with: "run ".utf8) }
      #expect(kept == 24 && whole <= 24)
    }
    folder.write(
      "o/runs/all.pack", "something else that is longer than any heading of a record is\n")
    let other = run("sweep s.json --out o")
    #expect(other.status == 65 && other.error.contains("expected 'run NAME BYTES' at the byte 0"))
  }

  @Test("killed at any moment, a sweep loses nothing finished and reads nothing half-written")
  func killed() {
    #expect(run("sweep s.json --out whole --quiet").status == 0)
    var random = SeededGenerator(seed: 20_261_130)
    for round in 0..<(SharedFiles.isDeepRun ? 50 : 8) {
      let packed = round % 2 == 0 ? "" : " --packed"
      let pause = 0.02 + 0.6 * Double(random.next() % 1_000) / 1_000
      let line = """
        '\(CommandLineRun.program)' sweep s.json --out o\(round)\(packed) --quiet >/dev/null & id=$!
        sleep \(pause); kill -9 $id 2>/dev/null; wait $id; ls -i o\(round)/runs | grep csv
        """
      let kept = Shell.run(line, in: folder).output.split(separator: "\n")
      let again = run("sweep s.json --out o\(round)\(packed) --quiet")
      #expect(again.status == 0 && news(again).isEmpty, "\(pause): \(again.error)")
      #expect(folder.text("o\(round)/study.csv") == folder.text("whole/study.csv"), "\(pause)")
      let now = Set(inodes("o\(round)").split(separator: "\n"))
      #expect(kept.allSatisfy { now.contains($0) }, "a finished run was written again: \(pause)")
      #expect(folder.names("o\(round)/runs").allSatisfy { !$0.hasPrefix(".") })
    }
  }

  @Test("interrupted, a sweep keeps what is finished")
  func interrupted() {
    let line = """
      '\(CommandLineRun.program)' sweep e.json --over rps=600 --set duration_s=30 --seed 1..60 \
      --jobs 1 --out o & id=$!
      for i in $(seq 200); do test $(ls o/runs 2>/dev/null | wc -l) -ge 2 && break; sleep 0.05; done
      kill -INT $id; wait $id; echo $?; ls o
      """
    let result = Shell.run(line, in: folder)
    #expect(result.output == "130\nplan.csv\nruns\n", "\(result.output)\(result.error)")
    #expect(result.error.contains(" of 120 runs are finished and kept"))
    let count = folder.names("o/runs").count
    #expect(count >= 2 && count < 120 && folder.names("o/runs").allSatisfy { $0.hasSuffix(".csv") })
  }

  /// Whether a small file system can be had, for which one must be root.
  private static let canMount =
    Shell.run("mkdir m && mount -t tmpfs none m && umount m", in: TemporaryFolder()).status == 0

  @Test(
    "a full disk ends the sweep with what fits; with room again it goes on",
    .enabled(if: canMount, "needs leave to mount a small file system"))
  func fullDisk() {
    let mount = Shell.run("mkdir full && mount -t tmpfs -o size=56k none full", in: folder)
    #expect(mount.status == 0)
    defer { _ = Shell.run("umount full", in: folder) }
    for packed in ["", " --packed"] {
      let full = run("sweep s.json --out full/o" + packed)
      #expect(full.status == 74 && full.error.contains("No space left"), "\(full.error)")
      #expect(folder.names("full/o/runs").allSatisfy { !$0.hasPrefix(".") })
      _ = Shell.run("mount -o remount,size=4m full", in: folder)
      let again = run("sweep s.json --out full/o" + packed)
      #expect(again.status == 0 && news(again).isEmpty, "\(again.error)")
      _ = Shell.run("rm -rf full/o && mount -o remount,size=56k full", in: folder)
    }
  }
}
