def test_a(tiny_experiment):
    for rows in (16,3):
        if rows==3: tiny_experiment.change("batch_rows: 16","batch_rows: 3"); import shutil; shutil.rmtree(tiny_experiment.root)
        tiny_experiment.run("extract","steer")
        b=tiny_experiment.json("steer/sombre/chat/best.json")
        print(rows,[ (a["name"],a["coherence"]) for a in b["arms"]])
        s=tiny_experiment.rows("steer/sombre/chat/scores.jsonl")
        print([(r["batch"][:3],r["log_probability"],r["coherence"]) for r in s[:40]])
    tiny_experiment.change("start: 0.4","start: 1.5")
    tiny_experiment.change("steps: 2","steps: 4")
    tiny_experiment.run("steer")
    print([(e["layer"],e["coherence"]) for e in tiny_experiment.json("steer/sombre/chat/best.json")["evaluations"]])
