using System.Globalization;
using ScottPlot;

namespace McpHub.Load;

/// <summary>The table's calls per second with 32 callers as bars, a multiple of what the naive aggregator reaches.</summary>
internal static class Chart
{
    private const int Callers = 32;

    private static readonly (string Contender, string Colour)[] _order =
        [("mcp-proxy", "#b3b3b3"), ("supergateway", "#8c8c8c"), ("naive", "#e69f00"), ("hub", "#0072b2"), ("YARP", "#56b4e9"), ("nginx", "#009e73")];

    public static void Save(Results results, string file)
    {
        var plot = new Plot();
        plot.Font.Set("DejaVu Sans");
        var (position, ticks) = (0.0, new List<Tick>());
        var cells = results.Rows.Where(row => row.Callers == Callers && row.Times.ContainsKey("naive"))
            .GroupBy(row => (row.Scenario, row.Call)).OrderBy(cell => Scenario.All.ToList().FindIndex(scenario => scenario.Name == cell.Key.Scenario)).ThenByDescending(cell => cell.Key.Call, StringComparer.Ordinal).ToList();
        foreach (var cell in cells)
        {
            var first = position;
            foreach (var (contender, colour) in _order)
            {
                if (cell.FirstOrDefault(row => row.Contender == contender) is { } row)
                {
                    var bar = plot.Add.Bar(position, row.Times["naive"]);
                    bar.Color = Color.FromHex(colour);
                    bar.Horizontal = true;
                    bar.Bars[0].Label = string.Create(CultureInfo.InvariantCulture, $"{row.Times["naive"]:0.0}");
                    position--;
                }
            }

            ticks.Add(new Tick((first + position + 1) / 2, Scenario.All.First(scenario => scenario.Name == cell.Key.Scenario).Title + ", " + cell.Key.Call));
            position--;
        }

        foreach (var (contender, colour) in _order.Reverse())
        {
            plot.Legend.ManualItems.Add(new LegendItem { LabelText = contender, FillColor = Color.FromHex(colour) });
        }

        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. ticks]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Title(string.Create(CultureInfo.InvariantCulture, $"Calls per second, {Callers} callers, as a multiple of the naive aggregator's"));
        plot.HideGrid();
        plot.Axes.Margins(left: 0);
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Bottom);
        plot.SaveSvg(file, 900, 120 - (int)(18 * position));
    }
}
