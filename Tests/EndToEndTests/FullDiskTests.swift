import TestSupport
import Testing

@testable import Commands
@testable import gpuloom

/// A disk that fills up, and clocks that are wrong: nothing half-written, nothing lost that was done.
@Suite("Full disks and wrong clocks")
struct FullDiskTests: SweepScene {
  let folder = Self.makeFolder()

  private static let canMount =
    Shell.run("mkdir m && mount -t tmpfs none m && umount m", in: TemporaryFolder()).status == 0

  /// Runs a line with a disk of 16 KiB at `full`.
  private func fill(_ line: String) -> (run: CommandLineRun, left: String) {
    #expect(Shell.run("mkdir full && mount -t tmpfs -o size=16k none full", in: folder).status == 0)
    defer { _ = Shell.run("umount full && rmdir full", in: folder) }
    let result = run(line)
    return (result, Shell.run("find full -mindepth 1", in: folder).output)
  }

  @Test(
    "a full disk ends a command with its reason, and leaves nothing half-written",
    .enabled(if: canMount, "needs leave to mount a small file system"))
  func full() {
    #expect(run("sweep s.json --out o").status == 0)
    for (line, shows) in [
      ("compare e.json --out full/o", "space-time"),
      ("compare e.json --policy time-only --seed 1 --timeline full/t.json", "time-only"),
      ("capacity e.json --out full/o", "space-time"), ("report o --out full/r.html", ""),
      ("report o --out full", ""),
      ("trace generate code-onoff --duration-s 900 --to full/t.csv", ""),
      ("kernels lower resnet50 --gpu t4 --to full/k.csv", ""),
    ] {
      let (result, left) = fill(line)
      #expect(result.status == 74, "\(line): \(result.error)")
      #expect(result.error.contains("cannot write: No space left on device"), "\(line)")
      #expect(left.isEmpty, "\(line): \(left)")
      // What was simulated is shown all the same.
      #expect(shows.isEmpty || result.output.contains(shows), "\(line): \(result.output)")
    }
    // The plan and whole runs stay, for the same command to go on from.
    let (merged, left) = fill("merge o --out full/m")
    #expect(merged.status == 74 && merged.error.contains("hint: the runs before it are kept"))
    #expect(
      left.contains("full/m/plan.csv\n") && !left.contains("study.") && !left.contains(".part"))
  }

  @Test(
    "a disk that fills up amid a comparison ends it, and the finished runs are shown",
    .enabled(if: canMount, "needs leave to mount a small file system"))
  func amid() {
    folder.write("l.json", folder.text("e.json").replacing("0.3", with: "400"))
    let (result, left) = fill("compare l.json --jobs 1 --seed 1..40 --format csv --out full/o")
    #expect(result.status == 74 && !left.contains(".part"), "\(result.error) \(left)")
    // What was kept while there was room stays as it was, whole.
    #expect(left.isEmpty || left.contains("manifest.json") && left.contains("summary.csv"))
    let rows = WrittenRows.of(result.output)
    #expect(
      rows.count >= 2 && rows.count < 160 && rows[0]["policy"] == "time-only", "\(rows.count)")
  }

  @Test("times of files, before or after now, change nothing when a sweep is taken up again")
  func clocks() {
    #expect(run("sweep s.json --out o").status == 0)
    let (study, before) = (folder.text("o/study.csv"), inodes("o"))
    let touch =
      "ls -d o o/* o/runs/* e.json s.json | awk 'NR % 2' | xargs touch -d 2120-01-01; "
      + "ls -d o/* o/runs/* | awk 'NR % 2 == 0' | xargs touch -d 1975-01-01"
    #expect(Shell.run(touch, in: folder).status == 0)
    #expect(run("sweep s.json --out o").status == 0)
    #expect(inodes("o") == before && folder.text("o/study.csv") == study)
    // With a run gone and no results, that run alone is made again. (Moved away, not removed: its
    // inode must not be the new one's.)
    let name = folder.names("o/runs")[0]
    #expect(
      Shell.run(
        "mv o/runs/\(name) gone && rm o/study.csv && touch -d 2120-01-01 o/plan.csv", in: folder
      )
      .status == 0)
    #expect(run("sweep s.json --out o").status == 0)
    let lines = Set(before.split(separator: "\n"))
    let again = inodes("o").split(separator: "\n").filter { !lines.contains($0) }
    #expect(again.count == 1 && again[0].hasSuffix(name), "\(again)")
    #expect(folder.text("o/study.csv") == study)
  }
}
