import SimBasics

/// Makes the task graphs of `Experiments/atos-…`: three algorithms over two kinds of graphs.
///
/// A task is the visit of a vertex by a worker on a V100: three dependent reads of DRAM (435 cycles each
/// at 1380 MHz, gpu-benches: row, neighbours, their labels) and 36 bytes for each edge at a 160th of
/// 810 GB/s: 951 + 7 · degree ns.
package enum TaskGraphMaker {
  /// By vertex: its neighbours.
  package typealias Graph = [[Int]]

  /// Streets: a square grid in which each edge is missing with a probability of 15 %.
  package static func mesh(side: Int, seed: UInt64) -> Graph {
    var random = SeededGenerator(seed: seed, stream: "mesh")
    var graph = Graph(repeating: [], count: side * side)
    func join(_ a: Int, _ b: Int) {
      if random.nextBelow(100) < 15 { return }
      graph[a].append(b)
      graph[b].append(a)
    }
    for vertex in graph.indices {
      if vertex % side + 1 < side { join(vertex, vertex + 1) }
      if vertex + side < graph.count { join(vertex, vertex + side) }
    }
    return graph
  }

  /// Friends: each vertex joins `edges` earlier ones, in proportion to their neighbours (Barabási and
  /// Albert 1999).
  package static func scaleFree(vertices: Int, edges: Int, seed: UInt64) -> Graph {
    var random = SeededGenerator(seed: seed, stream: "scale-free")
    var graph = Graph(repeating: [], count: vertices)
    var ends = Array(0...edges)
    for vertex in (edges + 1)..<vertices {
      let earlier = ends.count
      for _ in 0..<edges {
        let other = ends[random.nextBelow(earlier)]
        if graph[vertex].contains(other) { continue }
        graph[vertex].append(other)
        graph[other].append(vertex)
        ends += [vertex, other]
      }
    }
    return graph
  }

  /// Breadth-first search from vertex 0: who is first to see a vertex pushes it.
  package static func search(_ graph: Graph, name: String, of what: String) -> String {
    var seen = Set([0])
    var order = [0]
    var rows: [Row] = []
    var next = 0
    while next < order.count {
      let vertex = order[next]
      let found = graph[vertex].filter { seen.insert($0).inserted }
      order += found
      rows.append(Row("\(vertex)", graph[vertex].count, found.map { "\($0)" }))
      next += 1
    }
    return text(name, "breadth-first search from vertex 0 of \(what)", rows)
  }

  /// Colouring (Jones and Plassmann 1993): a vertex is coloured when all neighbours are that have a
  /// higher random priority.
  package static func colouring(
    _ graph: Graph, name: String, of what: String, seed: UInt64
  ) -> String {
    var random = SeededGenerator(seed: seed, stream: "priorities")
    var priorities = Array(graph.indices)
    for i in priorities.indices { priorities.swapAt(i, i + random.nextBelow(graph.count - i)) }
    let rows = graph.enumerated().map { vertex, neighbours in
      Row(
        "\(vertex)", neighbours.count,
        neighbours.filter { priorities[$0] < priorities[vertex] }.map { "\($0)" })
    }
    return text(name, "Jones-Plassmann colouring of \(what)", rows)
  }

  /// PageRank for some rounds: a vertex's round waits for the round before of it and its neighbours.
  package static func pageRank(
    _ graph: Graph, rounds: Int, name: String, of what: String
  ) -> String {
    let rows = (0..<rounds).flatMap { round in
      graph.enumerated().map { vertex, neighbours in
        Row(
          "\(vertex).\(round)", neighbours.count,
          round + 1 < rounds ? ([vertex] + neighbours).map { "\($0).\(round + 1)" } : [])
      }
    }
    return text(name, "\(rounds) rounds of PageRank on \(what)", rows)
  }

  private struct Row {
    var text: String

    init(_ name: String, _ degree: Int, _ children: [String]) {
      text = "\(name),\(951 + 7 * degree),\(children.joined(separator: ";"))\n"
    }
  }

  private static func text(_ name: String, _ source: String, _ rows: [Row]) -> String {
    """
    # format: gpuloom.tasks/1
    # name: \(name)
    # source: \(source), made by Tests/RunSupport/TaskGraphMaker.swift
    task,duration_ns,children

    """ + rows.map(\.text).joined()
  }
}
