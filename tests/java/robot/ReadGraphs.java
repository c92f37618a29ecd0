import java.io.File;
import org.geneontology.obographs.core.io.OgJsonReader;
import org.geneontology.obographs.core.model.Graph;

/** Reads an OBO Graphs file by the library of its authors and tells how many nodes and edges it holds. */
public class ReadGraphs {
    public static void main(String[] args) throws Exception {
        for (Graph graph : OgJsonReader.readFile(new File(args[0])).getGraphs()) {
            System.out.println(graph.getNodes().size() + " " + graph.getEdges().size());
        }
    }
}
