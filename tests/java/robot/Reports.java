import org.obolibrary.robot.CommandLineInterface;

/** Runs `robot report` with one profile on many files, each FILE to FILE.tsv, in one start of Java. */
public class Reports {
    public static void main(String[] args) throws Exception {
        for (int i = 1; i < args.length; i++) {
            CommandLineInterface.execute(new String[] {
                "report", "--noprefixes", "--input", args[i], "--output", args[i] + ".tsv", "--profile", args[0],
                "--fail-on", "none", "--print", "0"
            });
        }
    }
}
