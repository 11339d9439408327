process FOLDWISE_RUN {
    tag "$meta.id"
    label 'process_low'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(counts), path(samplesheet)
    path config

    output:
    tuple val(meta), path("${prefix}/results/*.tsv")       , emit: results
    tuple val(meta), path("${prefix}/results/*.rnk")       , emit: rankings
    tuple val(meta), path("${prefix}/counts/*")            , emit: counts
    tuple val(meta), path("${prefix}/report.html")         , emit: report , optional: true
    tuple val(meta), path("${prefix}/methods.md")          , emit: methods
    tuple val(meta), path("${prefix}/citations.bib")       , emit: citations
    tuple val(meta), path("${prefix}/run.json")            , emit: json
    tuple val(meta), path("${prefix}/run.toml")            , emit: toml
    tuple val(meta), path("${prefix}/multiqc/*_mqc.json")  , emit: multiqc, optional: true
    path "versions.yml"                                    , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args     = task.ext.args ?: ''
    def settings = config ? "--config ${config}" : ''
    def memory   = task.memory ? "--memory ${task.memory.toGiga()}G" : ''
    prefix       = task.ext.prefix ?: "${meta.id}"
    """
    foldwise run \\
        ${counts} \\
        ${samplesheet} \\
        ${settings} \\
        ${args} \\
        ${memory} \\
        --threads ${task.cpus} \\
        --yes --no-progress \\
        -o ${prefix}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        foldwise: \$(foldwise --version | sed 's/^foldwise //')
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/results ${prefix}/counts ${prefix}/multiqc
    touch ${prefix}/results/contrast.tsv ${prefix}/results/contrast.significant.tsv ${prefix}/results/contrast.rnk
    touch ${prefix}/counts/size_factors.tsv ${prefix}/multiqc/foldwise_mqc.json
    touch ${prefix}/report.html ${prefix}/methods.md ${prefix}/citations.bib ${prefix}/run.json ${prefix}/run.toml

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        foldwise: \$(foldwise --version | sed 's/^foldwise //')
    END_VERSIONS
    """
}
